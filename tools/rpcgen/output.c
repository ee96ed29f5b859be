#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/defer.h"

enum { PATH_BYTES_MAX = 4096 };

bool output_open(struct output *output)
{
    *output = (struct output){0};
    output->file = open_memstream(&output->text, &output->len);
    return output->file != NULL;
}

static bool same(const char *path, const char *text, size_t len)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "rb");
    DEFER(defer_free) char *old = malloc(len + 1);
    return file != NULL && old != NULL && fread(old, 1, len + 1, file) == len &&
           memcmp(old, text, len) == 0;
}

static void make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777); /* when it failed, opening the file tells */
        *slash = '/';
    }
}

static bool write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool written = fwrite(text, 1, len, file) == len;
    return fclose(file) == 0 && written;
}

bool output_close(struct output *output, const char *directory, const char *name)
{
    char path[PATH_BYTES_MAX];
    bool complete = fclose(output->file) == 0;
    DEFER(defer_free) char *text = output->text;
    int len = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!complete || len < 0 || (size_t)len >= sizeof path) {
        return false;
    }
    if (same(path, text, output->len)) {
        return true;
    }
    make_parents(path);
    if (!write_file(path, text, output->len)) {
        (void)fprintf(stderr, "rpcgen: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}
