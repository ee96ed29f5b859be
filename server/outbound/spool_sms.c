#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/wipe.h"
#include "outbound/durable.h"
#include "outbound/gsm7.h"
#include "outbound/spool.h"
#include "outbound/texts.h"

struct spool_sms {
    struct carrier carrier; /* first */
    int directory;
};

/* From malloc, or NULL. */
static char *to_json(const struct outbound_message *message, const char *text)
{
    struct sms_size size;
    if (!sms_measure(bytes_str(text), &size)) {
        return NULL;
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i}", "to", message->phone_number, "language",
                             text_tag(message->language), "text", text, "coding",
                             size.gsm7 ? "gsm7" : "ucs2", "parts", (int)size.parts);
    char *out = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    return out;
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    const struct spool_sms *spool = (const struct spool_sms *)(const void *)self;
    char text[SMS_TEXT_MAX], name[DURABLE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.json", message->id);
    if (durable_exists(spool->directory, name)) {
        report_fill(ret_report, VERDICT_DELIVERED, "there already");
        return;
    }
    DEFER(defer_free) char *json = text_sms(message, text) ? to_json(message, text) : NULL;
    if (json == NULL) {
        report_fill(ret_report, VERDICT_REFUSED, "no such text");
        return;
    }
    status s = durable_put(spool->directory, name, bytes_str(json));
    report_fill(ret_report, ok(s) ? VERDICT_DELIVERED : VERDICT_RETRY,
                ok(s) ? "in the spool" : "spool not writable");
    wipe(text, sizeof text);
    wipe(json, strlen(json));
}

static void close_spool(struct carrier *self)
{
    struct spool_sms *spool = (struct spool_sms *)(void *)self;
    defer_close(&spool->directory);
    free(spool);
}

status spool_sms_open(const char *directory, struct carrier **ret_carrier)
{
    struct spool_sms *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        return FAIL(ARENA_FULL);
    }
    spool->carrier = (struct carrier){.name = "spool", .carry = carry, .close = close_spool};
    status s = durable_directory(directory, &spool->directory);
    if (!ok(s)) {
        free(spool);
        return s;
    }
    *ret_carrier = &spool->carrier;
    return STATUS_OK;
}
