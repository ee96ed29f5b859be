/* Writes the files of files.h into a directory, with a list of what each is and what its answer must be. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/defer.h"
#include "tests/checker/files.h"

static bool write_one(const char *directory, size_t number, const struct file *file)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%03zu", directory, number);
    DEFER(defer_fclose) FILE *out = fopen(path, "we");
    (void)printf("%03zu|%s|%s|%d|%" PRIu32 "|%zu|%s\n", number, file->type,
                 file->reason_known ? "known" : "any", (int)file->reason, file->page,
                 file->data.len, file->name);
    return out != NULL && fwrite(file->data.ptr, 1, file->data.len, out) == file->data.len;
}

int main(int argc, char **argv)
{
    static struct file_list list;
    bool good = true;
    if (argc != 3) {
        (void)fputs("usage: checker_files DIRECTORY DAMAGED-COPIES\n", stderr);
        return 2;
    }
    file_list_init(&list);
    files_add_valid(&list);
    files_add_hostile(&list);
    files_add_mutants(&list, strtoul(argv[2], NULL, 10));
    for (size_t i = 0; i < list.count; i++) {
        good = write_one(argv[1], i, &list.files[i]) && good;
    }
    file_list_fini(&list);
    return good ? 0 : 1;
}
