/* scratch: a directory of its own for each test that writes files; removed with what is in it. */
#ifndef HAYAT_TEST_SCRATCH_H
#define HAYAT_TEST_SCRATCH_H

#include <assert.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *scratch_new(void)
{
    char *directory = strdup("/tmp/hayat-cli-test.XXXXXX");
    assert(directory != NULL && mkdtemp(directory) != NULL);
    return directory;
}

static inline void scratch_free(char *directory)
{
    char path[PATH_MAX];
    DIR *open = opendir(directory);
    for (struct dirent *entry = open == NULL ? NULL : readdir(open); entry != NULL;
         entry = readdir(open)) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        (void)unlink(path); /* "." and ".." refuse */
    }
    if (open != NULL) {
        (void)closedir(open);
    }
    (void)rmdir(directory);
    free(directory);
}

/* Writes TEXT to DIRECTORY/NAME with MODE; returns the path, to be freed. */
static inline char *scratch_write(const char *directory, const char *name, const char *text,
                                  mode_t mode)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0);
    return strdup(path);
}

#endif
