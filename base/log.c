#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static _Atomic int threshold = LOG_INFO;

void log_set_level(enum log_level level)
{
    threshold = (int)level;
}

bool log_enabled(enum log_level level)
{
    return (int)level <= threshold;
}

static int add(char *line, int used, int size, const struct log_field *field)
{
    int room = size - used;
    int n = field->word != NULL
                ? snprintf(line + used, (size_t)room, " %s=%s", field->key, field->word)
                : snprintf(line + used, (size_t)room, " %s=%lld", field->key,
                           (long long)field->number);
    return n < 0 || n >= room ? used : used + n; /* a field that does not fit is left out whole */
}

void log_event_(enum log_level level, const struct log_field *fields)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char line[1024];
    if (!log_enabled(level)) {
        return;
    }
    int used = snprintf(line, sizeof line, "ts=%lld level=%s",
                        (long long)clock_wall_ms(&clock_system), names[level]);
    for (; fields->key != NULL; fields++) {
        used = add(line, used, (int)sizeof line - 1, fields);
    }
    line[used++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)used);
    (void)ignored; /* nowhere to tell */
}
