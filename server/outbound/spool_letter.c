#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/wipe.h"
#include "outbound/durable.h"
#include "outbound/spool.h"
#include "outbound/spool_index.h"
#include "outbound/texts.h"

#define INDEX_HEADER "id,file,kind,language,date\n"

struct spool_letter {
    struct carrier carrier; /* first */
    int directory;
    struct paper *paper;
    struct paper_fund fund;
    int32_t utc_offset_minutes;
};

/* --- the letter --- */

static status write_piece(void *ctx, bytes piece)
{
    return durable_write(ctx, piece);
}

static struct letter_head head_of(const struct spool_letter *spool,
                                  const struct outbound_message *message)
{
    return (struct letter_head){
        .fund = spool->fund,
        .to = {.name = message->name, .name_ar = message->name_ar, .address = message->address},
        .date = date_from_wall_ms(message->now_ms, spool->utc_offset_minutes),
        .created_ms = message->now_ms,
        .preferred = message->language,
    };
}

/* The letter groups the code by itself. */
static void code_alone(const char *code, char out[LETTER_CODE_MAX + 1])
{
    size_t len = 0;
    for (; *code != '\0' && len < LETTER_CODE_MAX; code++) {
        if (*code != '-' && *code != ' ') {
            out[len++] = *code;
        }
    }
    out[len] = '\0';
}

static status render_code(const struct spool_letter *spool, const struct outbound_message *message,
                          const struct paper_output *output)
{
    char code[LETTER_CODE_MAX + 1];
    code_alone(message->code, code);
    const struct enrolment_letter letter = {
        .head = head_of(spool, message),
        .enrolment_id = message->enrolment_id,
        .code = code,
        .valid_until = date_from_wall_ms(message->expire_ms, spool->utc_offset_minutes),
        .tries = message->try_count,
    };
    status s = letter_enrolment(spool->paper, &letter, output);
    wipe(code, sizeof code);
    return s;
}

static status render_notice(const struct spool_letter *spool,
                            const struct outbound_message *message,
                            const struct paper_output *output)
{
    struct notice_words fr, ar, en;
    if (!text_notice(message, LANGUAGE_FR, &fr) || !text_notice(message, LANGUAGE_AR, &ar) ||
        !text_notice(message, LANGUAGE_EN, &en)) {
        return FAIL(PAPER_CONTENT);
    }
    const struct notice_text english = {en.title, en.body};
    const struct notice_letter letter = {.head = head_of(spool, message),
                                         .fr = {fr.title, fr.body},
                                         .ar = {ar.title, ar.body},
                                         .en = &english};
    return letter_notice(spool->paper, &letter, output);
}

static status write_letter(const struct spool_letter *spool, const char *name,
                           const struct outbound_message *message)
{
    struct durable_file file;
    TRY(durable_open(spool->directory, name, &file));
    const struct paper_output output = {.write = write_piece, .ctx = &file};
    status s = message->what == MESSAGE_CODE ? render_code(spool, message, &output)
                                             : render_notice(spool, message, &output);
    if (ok(s)) {
        s = durable_commit(&file);
    }
    if (!ok(s)) {
        durable_abandon(&file);
    }
    return s;
}

static status add_to_index(const struct spool_letter *spool, const char *name,
                           const struct outbound_message *message)
{
    char rest[SPOOL_LINE_MAX];
    struct date date = date_from_wall_ms(message->now_ms, spool->utc_offset_minutes);
    (void)snprintf(rest, sizeof rest, "%s,%s,%s,%04d-%02d-%02d", name,
                   message->what == MESSAGE_CODE ? "code" : "notice", text_tag(message->language),
                   date.year, date.month, date.day);
    return spool_index_add(spool->directory, INDEX_HEADER, message->id, rest);
}

/* --- carrying --- */

static status put(const struct spool_letter *spool, const char *name,
                  const struct outbound_message *message)
{
    bool written = durable_exists(spool->directory, name);
    if (!written) {
        TRY(write_letter(spool, name, message));
    }
    return add_to_index(spool, name, message);
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    const struct spool_letter *spool = (const struct spool_letter *)(const void *)self;
    char name[DURABLE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.pdf", message->id);
    if (message->attempt > 1 && spool_index_has(spool->directory, message->id)) {
        report_fill(ret_report, VERDICT_DELIVERED, "there already");
        return;
    }
    status s = put(spool, name, message);
    if (ok(s)) {
        report_fill(ret_report, VERDICT_DELIVERED, "in the spool");
    } else if (s.why == REASON_PAPER_CONTENT) {
        report_fill(ret_report, VERDICT_REFUSED, "does not fit a letter");
    } else {
        report_fill(ret_report, VERDICT_RETRY, reason_name(s.why));
    }
}

static void close_spool(struct carrier *self)
{
    struct spool_letter *spool = (struct spool_letter *)(void *)self;
    paper_close(spool->paper);
    defer_close(&spool->directory);
    free(spool);
}

status spool_letter_open(const struct spool_letter_options *options, struct carrier **ret_carrier)
{
    struct spool_letter *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        return FAIL(ARENA_FULL);
    }
    *spool = (struct spool_letter){
        .carrier = {.name = "spool", .carry = carry, .close = close_spool},
        .directory = -1,
        .fund = options->fund,
        .utc_offset_minutes = options->utc_offset_minutes};
    status s = durable_directory(options->directory, &spool->directory);
    if (ok(s)) {
        s = paper_open(options->font_directory, &spool->paper);
    }
    if (!ok(s)) {
        defer_close(&spool->directory);
        free(spool);
        return s;
    }
    *ret_carrier = &spool->carrier;
    return STATUS_OK;
}
