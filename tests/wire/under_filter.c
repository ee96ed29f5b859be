/*
 * under_filter ACTION CALLS FAMILIES PROGRAM [ARGUMENT...]: runs PROGRAM under the filters that systemd would make of a unit.
 *
 * ACTION    kill: what is not allowed ends the process, so that whoever runs to the end needed nothing else (but set_mempolicy fails:
 *           libnuma, which libheif's decoders bring, tries it at its start and does without);
 *           deny: it fails with EPERM, as SystemCallErrorNumber=EPERM has it.
 * CALLS     a file of the allowed system calls' names, a line each (SystemCallFilter=); unknown ones are of other machines.
 * FAMILIES  numbers of the allowed address families, with commas (RestrictAddressFamilies=).
 * Beside these, as MemoryDenyWriteExecute= and RestrictNamespaces=: no memory both written and run, no namespaces.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/defer.h"

enum { NAME_MAX_BYTES = 64, SOCKET_FAMILIES = 48 };

/* --- SystemCallFilter= --- */

static bool allow_calls(scmp_filter_ctx filter, const char *path)
{
    char name[NAME_MAX_BYTES];
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    while (file != NULL && fgets(name, sizeof name, file) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        int call = seccomp_syscall_resolve_name(name);
        if (call >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0) {
            return false;
        }
    }
    return file != NULL;
}

static bool let_probes_fail(scmp_filter_ctx filter, uint32_t action)
{
    return action != SCMP_ACT_KILL_PROCESS ||
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(set_mempolicy), 0) == 0;
}

/* --- the other filters: each a filter of its own, as systemd loads them --- */

struct refusal {
    int call;
    unsigned argument;
    uint64_t mask, value;
};

static bool refuse(scmp_filter_ctx filter, uint32_t action, const struct refusal *what)
{
    const struct scmp_arg_cmp compare = {what->argument, SCMP_CMP_MASKED_EQ, what->mask,
                                         what->value};
    return seccomp_rule_add_array(filter, action, what->call, 1, &compare) == 0;
}

static bool refuse_memory_and_namespaces(scmp_filter_ctx filter, uint32_t action)
{
    static const struct refusal refused[] = {
        {SCMP_SYS(mmap), 2, PROT_EXEC | PROT_WRITE, PROT_EXEC | PROT_WRITE},
        {SCMP_SYS(mprotect), 2, PROT_EXEC, PROT_EXEC},
        {SCMP_SYS(pkey_mprotect), 2, PROT_EXEC, PROT_EXEC},
        {SCMP_SYS(clone), 0, CLONE_NEWUSER, CLONE_NEWUSER},
        {SCMP_SYS(clone), 0, CLONE_NEWNS, CLONE_NEWNS},
        {SCMP_SYS(unshare), 0, 0, 0},
        {SCMP_SYS(setns), 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (!refuse(filter, action, &refused[i])) {
            return false;
        }
    }
    return true;
}

static bool refuse_families(scmp_filter_ctx filter, const char *families)
{
    bool allowed[SOCKET_FAMILIES] = {false};
    for (const char *at = families; *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
        unsigned long family = strtoul(at, NULL, 10);
        if (family >= SOCKET_FAMILIES) {
            return false;
        }
        allowed[family] = true;
    }
    for (uint64_t family = 0; family < SOCKET_FAMILIES; family++) {
        const struct refusal socket = {SCMP_SYS(socket), 0, UINT64_MAX, family};
        if (!allowed[family] && !refuse(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), &socket)) {
            return false;
        }
    }
    return true;
}

static bool load(scmp_filter_ctx filter, bool good)
{
    good = filter != NULL && good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

static bool confine(uint32_t action, const char *calls, const char *families)
{
    scmp_filter_ctx allowed = seccomp_init(action), refused = seccomp_init(SCMP_ACT_ALLOW);
    bool good = allowed != NULL && refused != NULL && allow_calls(allowed, calls) &&
                let_probes_fail(allowed, action);
    /* The one that allows seccomp(2) or not is the last. */
    bool others = load(refused, good && refuse_memory_and_namespaces(refused, action) &&
                                    refuse_families(refused, families));
    return load(allowed, good && others);
}

int main(int argc, char **argv)
{
    if (argc < 5 || (strcmp(argv[1], "kill") != 0 && strcmp(argv[1], "deny") != 0)) {
        (void)fputs("usage: under_filter kill|deny CALLS FAMILIES PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    uint32_t action = argv[1][0] == 'k' ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
    if (!confine(action, argv[2], argv[3])) {
        (void)fputs("under_filter: the kernel takes no such filter\n", stderr);
        return 3;
    }
    (void)execv(argv[4], argv + 4);
    return 4;
}
