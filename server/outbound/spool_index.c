#include "outbound/spool_index.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/defer.h"
#include "outbound/durable.h"

#define INDEX_NAME "index.csv"

bool spool_index_has(int directory, const char *id)
{
    char line[SPOOL_LINE_MAX];
    int descriptor = openat(directory, INDEX_NAME, O_RDONLY | O_CLOEXEC);
    DEFER(defer_fclose) FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    size_t len = strlen(id);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, id, len) == 0 && line[len] == ',' && strchr(line, '\n') != NULL) {
            return true;
        }
    }
    return false;
}

status spool_index_add(int directory, const char *header, const char *id, const char *rest)
{
    char line[SPOOL_LINE_MAX];
    if (!durable_exists(directory, INDEX_NAME)) {
        TRY(durable_append(directory, INDEX_NAME, bytes_str(header)));
    }
    int len = snprintf(line, sizeof line, "%s,%s\n", id, rest);
    return len > 0 && (size_t)len < sizeof line
               ? durable_append(directory, INDEX_NAME, bytes_of(line, (size_t)len))
               : FAIL(FILE_UNWRITABLE);
}
