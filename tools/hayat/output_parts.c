#include "output_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "message_json.h"

static const char *label(const struct hayat *hayat, enum text text)
{
    return text_get(text, hayat->language);
}

const char *output_amount(struct hayat *hayat, int64_t centimes)
{
    uint64_t size = centimes < 0 ? 0 - (uint64_t)centimes : (uint64_t)centimes;
    char *text = arena_printf(&hayat->arena, "%s%" PRIu64 "%c%02u", centimes < 0 ? "-" : "",
                              size / 100, hayat->language == LANGUAGE_FR ? ',' : '.',
                              (unsigned)(size % 100));
    return text == NULL ? "" : text;
}

const char *output_day(struct hayat *hayat, const Google__Type__Date *date)
{
    char text[TIME_TEXT_MAX];
    date_text(date, text);
    const char *copy = arena_str(&hayat->arena, bytes_str(text));
    return copy == NULL ? "" : copy;
}

status output_done(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

void output_amount_row(struct hayat *hayat, enum text text, int64_t centimes)
{
    char value[64];
    (void)snprintf(value, sizeof value, "%s %s", output_amount(hayat, centimes),
                   label(hayat, TEXT_DH));
    output_row(hayat, text, value);
}

/* A sentence of the server's, indented. */
void output_sentence(const char *mark, const char *text)
{
    if (text[0] != '\0') {
        (void)printf("    %s", mark);
        output_safe(stdout, text);
        (void)putchar('\n');
    }
}

static void remedy(struct hayat *hayat, const char *text, const char *next_step,
                   const Google__Type__Date *until)
{
    output_sentence("✗ ", text);
    output_sentence("  → ", next_step);
    if (until != NULL) {
        (void)printf("      %s %s\n", label(hayat, TEXT_UNTIL), output_day(hayat, until));
    }
}

void output_rejections(struct hayat *hayat, Hayat__V1__RejectionReason *const *reasons,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        remedy(hayat, reasons[i]->text, reasons[i]->next_step, reasons[i]->respond_by_date);
        output_sentence("  ", reasons[i]->note);
    }
}

void output_missing(struct hayat *hayat, Hayat__V1__MissingItem *const *items, size_t count)
{
    if (count > 0) {
        (void)printf("\n%s\n", label(hayat, TEXT_MISSING));
    }
    for (size_t i = 0; i < count; i++) {
        remedy(hayat, items[i]->text, items[i]->next_step, items[i]->respond_by_date);
    }
}

void output_timeline(struct hayat *hayat, Hayat__V1__TimelineEvent *const *events, size_t count,
                     const Hayat__V1__LegalClock *clock)
{
    char time[TIME_TEXT_MAX];
    if (count > 0) {
        (void)printf("\n%s\n", label(hayat, TEXT_TIMELINE));
    }
    for (size_t i = 0; i < count; i++) {
        time_text(events[i]->time, time);
        (void)printf("    %s  ", time);
        output_safe(stdout, events[i]->text);
        (void)putchar('\n');
    }
    if (clock != NULL) {
        output_sentence("", clock->text);
    }
}
