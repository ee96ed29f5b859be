/*
 * kannel: text messages by the HTTP interface of a Kannel gateway (sendsms, by POST: texts and passwords stay out of its access log's URLs).
 *
 * 202 whose body begins with "0:" (accepted) or "3:" (queued) is the one answer that means delivered; 400 means that this message will never
 * be taken; anything else, silence included, means that nobody knows, and the message is tried again.  Kannel cannot tell a repetition: a text
 * message may come twice when the connection breaks between its acceptance and its answer.
 *
 * Asked to report, it fetches the message's address (report_link.h) when the network says what became of it.
 *
 * Threads  a carrier belongs to one thread; outbound_global_init (outbound/http.h) before any other.
 * Reasons  ARENA_FULL (no memory).
 */
#ifndef HAYAT_OUTBOUND_KANNEL_H
#define HAYAT_OUTBOUND_KANNEL_H

#include "outbound/carrier.h"
#include "outbound/report_link.h"

struct kannel_options {
    const char *url; /* "http://127.0.0.1:13013/cgi-bin/sendsms" */
    const char *username, *password;
    const char *from;                  /* the sender shown, digits or at most 11 letters */
    int64_t timeout_ms;                /* for one message, from its connection to its answer */
    const char *ca_file;               /* roots for an https gateway; NULL: the system's */
    const struct report_link *reports; /* borrowed until close; NULL: it is not asked to report */
};

status kannel_open(const struct kannel_options *options, struct carrier **ret_carrier);

/* What an answer means; BODY may be cut off. */
enum verdict kannel_verdict(long http_status, const char *body);

#endif
