/* Promise: what a process may use is the least of what the machine has and its control groups allow, whatever is missing or unreadable. */
#include "base/memory_limit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cm.h"

#define MIB (1024ULL * 1024)

enum { MACHINE_MIB = 64 };

struct groups {
    char root[32], file[64];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put(const struct groups *groups, const char *name, const char *text)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", groups->root, name);
    write_file(path, text);
}

static int make(void **state)
{
    static struct groups groups;
    char path[PATH_MAX];
    memcpy(groups.root, "/tmp/hayat-groups.XXXXXX", sizeof "/tmp/hayat-groups.XXXXXX");
    assert_non_null(mkdtemp(groups.root));
    (void)snprintf(groups.file, sizeof groups.file, "%s/cgroup", groups.root);
    write_file(groups.file, "12:cpu:/old\n0::/system.slice/hayatd.service\n");
    (void)snprintf(path, sizeof path, "%s/system.slice", groups.root);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/system.slice/hayatd.service", groups.root);
    assert_int_equal(mkdir(path, 0700), 0);
    *state = &groups;
    return 0;
}

static int drop(void **state)
{
    static const char *const names[] = {"system.slice/hayatd.service/memory.max",
                                        "system.slice/hayatd.service/memory.high",
                                        "system.slice/hayatd.service",
                                        "system.slice/memory.max",
                                        "system.slice",
                                        "memory.max",
                                        "memory/memory.limit_in_bytes",
                                        "memory",
                                        "cgroup",
                                        ""};
    const struct groups *groups = *state;
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", groups->root, names[i]);
        (void)remove(path); /* not every test makes all of them */
    }
    return access(groups->root, F_OK) == 0 ? -1 : 0;
}

static uint64_t limit_mib(const struct groups *groups)
{
    return memory_limit_of(groups->file, groups->root, MACHINE_MIB * MIB) / MIB;
}

static void without_limits_it_is_the_machine(void **state)
{
    const struct groups *groups = *state;
    assert_int_equal(limit_mib(groups), MACHINE_MIB);
    put(groups, "system.slice/hayatd.service/memory.max", "max\n");
    assert_int_equal(limit_mib(groups), MACHINE_MIB);
    put(groups, "memory.max", "999999999999\n");
    assert_int_equal(limit_mib(groups), MACHINE_MIB);
    put(groups, "system.slice/memory.max", "");
    assert_int_equal(limit_mib(groups), MACHINE_MIB);
    assert_int_equal(memory_limit_of("/nowhere", groups->root, 7), 7);
}

static void the_least_counts(void **state)
{
    const struct groups *groups = *state;
    put(groups, "memory.max", "33554432\n");
    assert_int_equal(limit_mib(groups), 32);
    put(groups, "system.slice/memory.max", "16777216\n");
    assert_int_equal(limit_mib(groups), 16);
    put(groups, "system.slice/hayatd.service/memory.max", "20971520\n");
    assert_int_equal(limit_mib(groups), 16);
    put(groups, "system.slice/hayatd.service/memory.high", "8388608\n");
    assert_int_equal(limit_mib(groups), 8);
}

static void in_a_container_the_group_is_the_root(void **state)
{
    const struct groups *groups = *state;
    write_file(groups->file, "0::/\n");
    put(groups, "memory.max", "4194304\n");
    assert_int_equal(limit_mib(groups), 4);
    write_file(groups->file, "0::/../../elsewhere\n");
    assert_int_equal(limit_mib(groups), 4);
}

static void the_first_version_is_read_too(void **state)
{
    const struct groups *groups = *state;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/memory", groups->root);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(groups->file, "4:memory:/\n1:name=systemd:/\n0::/\n");
    put(groups, "memory/memory.limit_in_bytes", "9223372036854771712\n"); /* its "none" */
    assert_int_equal(limit_mib(groups), MACHINE_MIB);
    put(groups, "memory/memory.limit_in_bytes", "2097152\n");
    assert_int_equal(limit_mib(groups), 2);
}

static void this_process_has_some(void **state)
{
    (void)state;
    assert_true(memory_limit_bytes() > 16 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_limits_it_is_the_machine, make, drop),
        cmocka_unit_test_setup_teardown(the_least_counts, make, drop),
        cmocka_unit_test_setup_teardown(in_a_container_the_group_is_the_root, make, drop),
        cmocka_unit_test_setup_teardown(the_first_version_is_read_too, make, drop),
        cmocka_unit_test(this_process_has_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
