#include <stdio.h>
#include <stdlib.h>

#include "base/defer.h"
#include "base/wipe.h"
#include "outbound/durable.h"
#include "outbound/outbound_mail.h"
#include "outbound/smtp.h"

struct spool_email {
    struct carrier carrier; /* first */
    int directory;
    struct mail_sender sender;
};

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    const struct spool_email *spool = (const struct spool_email *)(const void *)self;
    char text[MAIL_BYTES_MAX], name[DURABLE_NAME_MAX];
    size_t len;
    (void)snprintf(name, sizeof name, "%s.eml", message->id);
    if (durable_exists(spool->directory, name)) {
        report_fill(ret_report, VERDICT_DELIVERED, "there already");
        return;
    }
    if (!outbound_mail(&spool->sender, message, text, &len)) {
        report_fill(ret_report, VERDICT_REFUSED, "no such text");
        return;
    }
    status s = durable_put(spool->directory, name, bytes_of(text, len));
    report_fill(ret_report, ok(s) ? VERDICT_DELIVERED : VERDICT_RETRY,
                ok(s) ? "in the spool" : "spool not writable");
    wipe(text, sizeof text);
}

static void close_spool(struct carrier *self)
{
    struct spool_email *spool = (struct spool_email *)(void *)self;
    defer_close(&spool->directory);
    free(spool);
}

status spool_email_open(const struct spool_email_options *options, struct carrier **ret_carrier)
{
    struct spool_email *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        return FAIL(ARENA_FULL);
    }
    *spool = (struct spool_email){
        .carrier = {.name = "spool", .carry = carry, .close = close_spool},
        .directory = -1,
        .sender = {options->from_address, options->name_fr, options->name_ar}};
    status s = durable_directory(options->directory, &spool->directory);
    if (!ok(s)) {
        free(spool);
        return s;
    }
    *ret_carrier = &spool->carrier;
    return STATUS_OK;
}
