/*
 * replay_main DIRECTORY: feeds every file of a corpus to the fuzz target it is linked with, then
 * the empty input.  What a fuzzer once found stays tested in builds that have no fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/defer.h"

enum { INPUT_BYTES_MAX = 4 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void close_directory(DIR **directory)
{
    if (*directory != NULL) {
        (void)closedir(*directory);
    }
}

static int replay(const char *path)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "rb");
    DEFER(defer_free) uint8_t *data = malloc(INPUT_BYTES_MAX);
    if (file == NULL || data == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size_t len = fread(data, 1, INPUT_BYTES_MAX, file);
    /* Of its exact size, so that a sanitizer sees a read past the end. */
    DEFER(defer_free) uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact == NULL) {
        return 1;
    }
    memcpy(exact, data, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    return 0;
}

int main(int argc, char **argv)
{
    DEFER(close_directory) DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    int failures = 0, count = 0;
    if (directory == NULL) {
        (void)fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[PATH_BYTES_MAX];
        if (entry->d_name[0] == '.') {
            continue;
        }
        int len = snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        failures += len < 0 || (size_t)len >= sizeof path || replay(path) != 0;
        count++;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    (void)printf("%d inputs replayed, %d unreadable\n", count, failures);
    return failures == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
