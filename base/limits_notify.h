/*
 * limits_notify: the bounds of a member's inbox and of the ways they are told by; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_NOTIFY_H
#define HAYAT_BASE_LIMITS_NOTIFY_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_INBOX_ROWS 200                  /* of one member: two years of one each four days; read in one transaction */
#define LIMIT_INBOX_TRIM 4                    /* rows that go when one too many comes: what must go is looked for once in four times */
#define LIMIT_INBOX_MARK 100                  /* marked as read in one call */

#endif
