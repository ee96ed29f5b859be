#include "confine/confine.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "base/defer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* A document can wait for a card, not the other way round. */
enum { FILES_MAX = 32, NICE = 10 };

bool confine_applies(void)
{
    return !SANITIZED;
}

static bool limit(int resource, uint64_t value)
{
    const struct rlimit both = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

/* A server that was itself put behind others stays there: to come forward is for the privileged. */
static bool step_back(void)
{
    return getpriority(PRIO_PROCESS, 0) >= NICE || setpriority(PRIO_PROCESS, 0, NICE) == 0;
}

status confine_limits(const struct confine_limits *limits)
{
    bool good = step_back() && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) &&
                limit(RLIMIT_NOFILE, FILES_MAX) && limit(RLIMIT_CPU, limits->cpu_seconds) &&
                (SANITIZED || limit(RLIMIT_AS, limits->memory_bytes)) &&
                prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    return good ? STATUS_OK : FAIL(HELPER_FAILED);
}

/* To compute, also with threads (libde265 decodes in some, Pango looks fonts up); to take memory; to read and write what is
   open; to end.  No file is opened, no process made, no socket, no signal sent. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(gettid),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction),
};

static const int allowed_to_renderers[] = {
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(newfstatat),
    SCMP_SYS(access),
};

/* A call that is allowed with some arguments only: (argument & MASK) == VALUE. */
struct with_argument {
    int call;
    unsigned argument;
    uint64_t mask, value;
};

static const struct with_argument partly[] = {
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0}, /* memory, but none that can be run */
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(clone), 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM},
    {SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_NAME},
};

static bool allow_all(scmp_filter_ctx filter, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0) {
            return false;
        }
    }
    return true;
}

static bool add_rules(scmp_filter_ctx filter, enum confine_calls calls)
{
    if (!allow_all(filter, allowed, ARRAY_LEN(allowed)) ||
        (calls == CONFINE_RENDERER &&
         !allow_all(filter, allowed_to_renderers, ARRAY_LEN(allowed_to_renderers)))) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(partly); i++) {
        const struct scmp_arg_cmp compare = {partly[i].argument, SCMP_CMP_MASKED_EQ, partly[i].mask,
                                             partly[i].value};
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, partly[i].call, 1, &compare) != 0) {
            return false;
        }
    }
    /* Its flags cannot be looked at: the C library then takes clone. */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* A second wall behind the first: no rule is added, so nothing in any file system can be opened.  Kernels without it have the
   first alone. */
static bool close_file_systems(void)
{
    const struct landlock_ruleset_attr nothing = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1}; /* all of the first version */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    DEFER(defer_close)
    int rules = (int)syscall(SYS_landlock_create_ruleset, &nothing, sizeof nothing, 0);
    return rules < 0 ? errno == ENOSYS || errno == EOPNOTSUPP
                     : syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

status confine_calls(enum confine_calls calls)
{
    if (SANITIZED) {
        return STATUS_OK;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    /* In all threads. */
    bool good = filter != NULL && close_file_systems() &&
                seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                add_rules(filter, calls) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good ? STATUS_OK : FAIL(HELPER_FAILED);
}
