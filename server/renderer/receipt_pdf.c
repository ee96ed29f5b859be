#include "renderer/receipt_pdf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/codec.h"
#include "paper/letterhead.h"
#include "paper/qr.h"
#include "paper/table.h"
#include "paper/words.h"
#include "renderer/receipt_words.h"

enum {
    CELL_BYTES = 256,
    SHA256_BYTES = 32,
    MS_PER_SECOND = 1000,
    SECONDS_PER_MINUTE = 60,
    MINUTES_PER_HOUR = 60,
    MINUTES_PER_DAY = 1440,
};

#define QR_SIDE 78.0

struct document {
    const Hayat__Paper__V1__Receipt *receipt;
    struct paper_fund fund;
};

static const Hayat__V1__ReceiptPayload *payload_of(const struct sheet *sheet)
{
    const struct document *document = sheet->plan->content;
    return document->receipt->payload;
}

static bool is_decision(const Hayat__V1__ReceiptPayload *payload)
{
    return payload->outcome != HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_UNSPECIFIED;
}

/* --- facts --- */

static const struct table_column fact_columns[] = {
    {NULL, NULL, 50, ALIGN_START},
    {NULL, NULL, 70, ALIGN_CENTRE},
    {NULL, NULL, 50, ALIGN_END},
};
static const struct table facts = {
    .columns = fact_columns, .count = 3, .x = SHEET_LEFT, .text = {.size = 9.5}};

static void fact(struct sheet *sheet, enum receipt_words label, const char *value)
{
    const struct text_pair *pair = receipt_words(label);
    const char *cells[] = {pair->fr, value, pair->ar};
    const struct table_look look = {.rule = true};
    if (value[0] != '\0') {
        table_row(sheet, &facts, cells, &look);
    }
}

/* "28/11/2026 09:30 UTC": one clock for a receipt that travels. */
static void instant(const Google__Protobuf__Timestamp *time, char *out)
{
    char day[WORDS_DATE_MAX];
    out[0] = '\0';
    if (time == NULL || time->seconds < 0) {
        return;
    }
    const int64_t minutes = time->seconds / SECONDS_PER_MINUTE;
    words_short_date(date_from_wall_ms(time->seconds * MS_PER_SECOND, 0), day);
    (void)snprintf(out, CELL_BYTES, "%s %02" PRId64 ":%02" PRId64 " UTC", day,
                   minutes % MINUTES_PER_DAY / MINUTES_PER_HOUR, minutes % MINUTES_PER_HOUR);
}

static void instant_fact(struct sheet *sheet, enum receipt_words label,
                         const Google__Protobuf__Timestamp *time)
{
    char text[CELL_BYTES];
    instant(time, text);
    fact(sheet, label, text);
}

static void date_fact(struct sheet *sheet, enum receipt_words label, const Google__Type__Date *day)
{
    char text[WORDS_DATE_MAX] = "";
    if (day != NULL) {
        words_short_date((struct date){day->year, day->month, day->day}, text);
    }
    fact(sheet, label, text);
}

static void number_fact(struct sheet *sheet, enum receipt_words label, int32_t number)
{
    char text[CELL_BYTES];
    (void)snprintf(text, sizeof text, "%" PRId32, number);
    fact(sheet, label, text);
}

static void paper_facts(struct sheet *sheet, const Hayat__V1__PaperFiling *paper)
{
    if (paper != NULL) {
        number_fact(sheet, RECEIPT_SHEETS, paper->sheet_count);
        fact(sheet, RECEIPT_PAPER_REFERENCE, paper->reference);
    }
}

static void draw_facts(struct sheet *sheet)
{
    const Hayat__V1__ReceiptPayload *payload = payload_of(sheet);
    fact(sheet, RECEIPT_NUMBER, payload->receipt_id);
    fact(sheet, RECEIPT_CERTIFICATE, payload->life_certificate_id);
    number_fact(sheet, RECEIPT_YEAR, payload->year);
    fact(sheet, RECEIPT_PENSION, payload->pension_number);
    instant_fact(sheet, RECEIPT_FILED_AT, payload->submit_time);
    date_fact(sheet, RECEIPT_DUE, payload->due_date);
    instant_fact(sheet, RECEIPT_DECIDED_AT, payload->decide_time);
    fact(sheet, RECEIPT_FILING_NUMBER, payload->filing_receipt_id);
    date_fact(sheet, RECEIPT_CONFIRMED_ON, payload->confirm_date);
    fact(sheet, RECEIPT_REGISTRY_REFERENCE, payload->registry_reference);
    paper_facts(sheet, payload->paper);
}

/* --- documents --- */

static void hex_of(ProtobufCBinaryData digest, char out[2 * SHA256_BYTES + 1])
{
    out[0] = '\0';
    if (digest.len == SHA256_BYTES) {
        hex_encode(bytes_of(digest.data, digest.len), out);
    }
}

static const struct table_column document_columns[] = {
    {"Document", "الوثيقة", 50, ALIGN_START},
    {"Octets", "بايت", 20, ALIGN_END},
    {"SHA-256", "البصمة", 100, ALIGN_END},
};
static const struct table documents = {.columns = document_columns,
                                       .count = 3,
                                       .x = SHEET_LEFT,
                                       .head = {.size = 7.6, .bold = true},
                                       .text = {.size = 7.6}};

static void draw_document(struct sheet *sheet, const Hayat__V1__CertificateDocument *document)
{
    char name[CELL_BYTES], size[32], digest[2 * SHA256_BYTES + 1];
    const struct text_pair *item = receipt_item(document->item);
    const struct table_look look = {.rule = true};
    (void)snprintf(name, sizeof name, "%s\n%s", item->fr, item->ar);
    (void)snprintf(size, sizeof size, "%" PRId64, document->size_bytes);
    hex_of(document->sha256, digest);
    const char *cells[] = {name, size, digest};
    table_row(sheet, &documents, cells, &look);
}

static void draw_documents(struct sheet *sheet)
{
    const Hayat__V1__ReceiptPayload *payload = payload_of(sheet);
    if (payload->n_documents == 0) {
        return;
    }
    table_head(sheet, &documents, 10);
    for (size_t i = 0; i < payload->n_documents; i++) {
        draw_document(sheet, payload->documents[i]);
    }
    sheet->y += 4;
}

static void draw_findings(struct sheet *sheet)
{
    const Hayat__V1__ReceiptPayload *payload = payload_of(sheet);
    const struct text_style label = {.size = 7.6, .bold = true, .colour = &colour_quiet};
    const struct text_style line = {.size = 7.6, .align = ALIGN_CENTRE};
    char digest[2 * SHA256_BYTES + 1];
    hex_of(payload->findings_sha256, digest);
    if (digest[0] == '\0') {
        return;
    }
    text_pair_flow(sheet, &label, receipt_words(RECEIPT_FINDINGS));
    sheet->y += text_draw(sheet, &line, digest,
                          (struct place){SHEET_LEFT, sheet->y, SHEET_RIGHT - SHEET_LEFT});
    sheet->y += 3;
}

/* --- the document --- */

static void draw_proof(struct sheet *sheet)
{
    const struct document *document = sheet->plan->content;
    const struct text_style note = {.size = 7.6, .colour = &colour_quiet};
    const struct text_style line = {.size = 7.6, .align = ALIGN_CENTRE, .colour = &colour_quiet};
    char key[CELL_BYTES];
    sheet_need(sheet, QR_SIDE + 22);
    qr_draw(sheet, document->receipt->text,
            (struct box){(SHEET_WIDTH - QR_SIDE) / 2, sheet->y, QR_SIDE, QR_SIDE});
    sheet->y += QR_SIDE;
    (void)snprintf(key, sizeof key, "Ed25519 %s", document->receipt->key_id);
    sheet->y += text_draw(sheet, &line, key,
                          (struct place){SHEET_LEFT, sheet->y, SHEET_RIGHT - SHEET_LEFT});
    sheet->y += 2;
    text_pair_flow(sheet, &note, receipt_words(RECEIPT_NOTE));
}

static enum receipt_words sentence_of(const Hayat__V1__ReceiptPayload *payload)
{
    if (!is_decision(payload)) {
        return payload->in_time ? RECEIPT_SAYS_FILED : RECEIPT_SAYS_FILED_LATE;
    }
    if (payload->outcome != HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED) {
        return RECEIPT_SAYS_REFUSED;
    }
    return payload->confirm_date != NULL ? RECEIPT_SAYS_CONFIRMED : RECEIPT_SAYS_ACCEPTED;
}

static void draw_receipt(struct sheet *sheet)
{
    const Hayat__V1__ReceiptPayload *payload = payload_of(sheet);
    const struct text_style title = {.size = 15, .bold = true, .colour = &colour_accent};
    const struct text_style says = {.size = 12, .bold = true};
    sheet->y += 3;
    text_pair_flow(
        sheet, &title,
        receipt_words(is_decision(payload) ? RECEIPT_TITLE_DECISION : RECEIPT_TITLE_FILING));
    sheet->y += 3;
    text_pair_flow(sheet, &says, receipt_words(sentence_of(payload)));
    sheet->y += 4;
    draw_facts(sheet);
    sheet->y += 5;
    draw_documents(sheet);
    draw_findings(sheet);
    draw_proof(sheet);
}

static void receipt_page(struct sheet *sheet)
{
    const struct document *document = sheet->plan->content;
    letterhead_band(sheet, &document->fund);
    letterhead_foot(sheet, &document->fund);
    sheet->y += 2;
}

static int64_t created_ms(const Hayat__V1__ReceiptPayload *payload)
{
    const Google__Protobuf__Timestamp *time = is_decision(payload) ? payload->decide_time
                                                                   : payload->submit_time;
    return time == NULL ? 0 : time->seconds * MS_PER_SECOND;
}

status receipt_pdf(struct paper *paper, const Hayat__Paper__V1__Receipt *receipt,
                   const struct paper_output *output)
{
    if (receipt->payload == NULL || receipt->text[0] == '\0') {
        return FAIL(PAPER_CONTENT);
    }
    const struct document document = {
        receipt,
        {receipt->payload->issuer_fr, receipt->payload->issuer_ar, "", "", ""},
    };
    const struct sheet_plan plan = {
        .title = "Récépissé",
        .created_ms = created_ms(receipt->payload),
        .bottom = LETTER_BOTTOM,
        .page = receipt_page,
        .draw = draw_receipt,
        .content = &document,
    };
    return sheet_produce(paper, &plan, output);
}
