/*
 * audit_syslog: lines to syslog, facility authpriv, level notice; apart, because <syslog.h> has names of base/log.h.
 * Threads  any.
 */
#ifndef HAYAT_JOBS_AUDIT_SYSLOG_H
#define HAYAT_JOBS_AUDIT_SYSLOG_H

#include <stddef.h>

/* Each line of LINES ends in a newline. */
void audit_syslog(const char *lines, size_t len);

#endif
