/*
 * audit_heads: the file that hayatd appends signed heads to, read back.
 *
 * Lines that are no heads are passed: a crash may have cut one short, syslog writes before them.  A head may be there twice.
 * Memory  audit_heads_free.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_AUDIT_HEADS_H
#define HAYAT_TOOLS_HAYATCTL_AUDIT_HEADS_H

#include "storage/audit_head.h"

struct audit_heads_file {
    struct audit_head *heads; /* by sequence */
    size_t count;
};

/* False, with a line on standard error. */
bool audit_heads_read(const char *path, struct audit_heads_file *ret_file);
void audit_heads_free(struct audit_heads_file *file);

#endif
