#include "jobs/audit_syslog.h"

#include <string.h>
#include <syslog.h>

void audit_syslog(const char *lines, size_t len)
{
    while (len > 0) {
        const char *end = memchr(lines, '\n', len);
        size_t line = end == NULL ? len : (size_t)(end - lines);
        syslog(LOG_AUTHPRIV | LOG_NOTICE, "%.*s", (int)line, lines);
        size_t taken = end == NULL ? line : line + 1;
        lines += taken;
        len -= taken;
    }
}
