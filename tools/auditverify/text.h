/*
 * text: the lines of an export and of exported heads, as docs/audit.md describes them.
 * Threads  one.
 */
#ifndef HAYAT_AUDITVERIFY_TEXT_H
#define HAYAT_AUDITVERIFY_TEXT_H

#include "tools/auditverify/chain.h"

enum { ENTRY_LEN_MAX = 512 }; /* an entry has at most 287 bytes */

/* LINE ends in NUL, its newline gone.  False when it is something else. */
bool text_is_first_line(const char *line);
bool text_entry(const char *line, uint8_t entry[ENTRY_LEN_MAX], size_t *ret_len);
bool text_head(const char *line, struct signed_head *ret_head);
/* Exactly LEN bytes in hex and nothing else. */
bool text_bytes(const char *hex, uint8_t *out, size_t len);

#endif
