#include "tools/hayatctl/audit_heads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hayatctl/command.h"

static const char START[] = "hayat-audit-head ";

static bool keep(struct audit_heads_file *file, const struct audit_head *head)
{
    struct audit_head *more = reallocarray(file->heads, file->count + 1, sizeof *more);
    if (more == NULL) {
        return false;
    }
    file->heads = more;
    file->heads[file->count++] = *head;
    return true;
}

static int by_sequence(const void *a, const void *b)
{
    const struct audit_head *left = a, *right = b;
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

static bool read_lines(FILE *in, struct audit_heads_file *file)
{
    char *line = NULL;
    size_t size = 0, passed = 0;
    bool good = true;
    while (good && getline(&line, &size, in) >= 0) {
        struct audit_head head;
        const char *start = strstr(line, START);
        if (start == NULL || !audit_head_parse(bytes_of(start, strcspn(start, "\n")), &head)) {
            passed++;
        } else {
            good = keep(file, &head);
        }
    }
    free(line);
    if (passed > 0) {
        complain("%zu lines are no heads", passed);
    }
    return good;
}

bool audit_heads_read(const char *path, struct audit_heads_file *ret_file)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    *ret_file = (struct audit_heads_file){NULL, 0};
    bool good = read_lines(in, ret_file);
    (void)fclose(in);
    if (ret_file->count > 0) {
        qsort(ret_file->heads, ret_file->count, sizeof *ret_file->heads, by_sequence);
    }
    return good;
}

void audit_heads_free(struct audit_heads_file *file)
{
    free(file->heads);
}
