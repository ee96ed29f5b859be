/*
 * report_link: the address under which a gateway reports on one message: /report/obx_…/code?type=%d, the code being a keyed hash of the id, so that
 * nobody makes one up, and nothing is to be remembered of the messages that are out.  No number, name or text is in it.
 *
 * The key lies in the courier's own directory, made at its first start: who deletes it is told nothing more of what is out.
 *
 * Threads  a link is never written to once it is open.
 * Reasons  FILE_UNREADABLE (a key file of another size, too) · FILE_UNWRITABLE.
 */
#ifndef HAYAT_OUTBOUND_REPORT_LINK_H
#define HAYAT_OUTBOUND_REPORT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/random.h"
#include "base/status.h"

enum {
    REPORT_KEY_BYTES = 32,
    REPORT_CODE_BYTES = 16,
    REPORT_BASE_MAX = 64, /* "127.0.0.1:65535" and "[::1]:65535" */
    REPORT_URL_MAX = 192,
};

struct report_link {
    char address[REPORT_BASE_MAX]; /* where the listener is */
    uint8_t key[REPORT_KEY_BYTES];
};

/* DIRECTORY holds the key, or will. */
status report_link_open(int directory, const char *address, struct random_source *random,
                        struct report_link *ret_link);
void report_link_close(struct report_link *link);

/* What the gateway is to fetch: it puts its word for "%d".  False for an id that is none. */
bool report_link_url(const struct report_link *link, const char *outbox_id,
                     char ret_url[REPORT_URL_MAX]);
/* The message that PATH (without its query) is about; false for a path that this link did not make. */
bool report_link_parse(const struct report_link *link, const char *path,
                       char ret_outbox_id[ID_TEXT_MAX]);

#endif
