#include "output_authorizations.h"

#include <stdio.h>

#include "message_json.h"
#include "output_parts.h"
#include "table.h"

#define STATE(name) HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##name
#define DECISION(name) HAYAT__V1__LINE_DECISION__LINE_DECISION_##name

static const char *label(const struct hayat *hayat, enum text text)
{
    return text_get(text, hayat->language);
}

static enum text state_text(Hayat__V1__PriorAuthorizationState state)
{
    static const enum text texts[] = {
        [STATE(UNSPECIFIED)] = TEXT_UNKNOWN,
        [STATE(RECEIVED)] = TEXT_AUTHORIZATION_RECEIVED,
        [STATE(IN_REVIEW)] = TEXT_AUTHORIZATION_IN_REVIEW,
        [STATE(MORE_INFORMATION_NEEDED)] = TEXT_AUTHORIZATION_MORE_INFORMATION,
        [STATE(GRANTED)] = TEXT_AUTHORIZATION_GRANTED,
        [STATE(PARTLY_GRANTED)] = TEXT_AUTHORIZATION_PARTLY_GRANTED,
        [STATE(REFUSED)] = TEXT_AUTHORIZATION_REFUSED,
        [STATE(EXPIRED)] = TEXT_AUTHORIZATION_EXPIRED,
        [STATE(CANCELLED)] = TEXT_AUTHORIZATION_CANCELLED,
    };
    return state >= STATE(UNSPECIFIED) && state <= STATE(CANCELLED) ? texts[state] : TEXT_UNKNOWN;
}

static enum text decision_text(Hayat__V1__LineDecision decision)
{
    static const enum text texts[] = {
        [DECISION(UNSPECIFIED)] = TEXT_UNKNOWN,
        [DECISION(PENDING)] = TEXT_AUTHORIZATION_IN_REVIEW,
        [DECISION(GRANTED)] = TEXT_AUTHORIZATION_GRANTED,
        [DECISION(PARTLY_GRANTED)] = TEXT_AUTHORIZATION_PARTLY_GRANTED,
        [DECISION(REFUSED)] = TEXT_AUTHORIZATION_REFUSED,
    };
    bool known = decision >= DECISION(UNSPECIFIED) && decision <= DECISION(REFUSED);
    return known ? texts[decision] : TEXT_UNKNOWN;
}

/* The day of an instant, or "". */
static const char *day_of(struct hayat *hayat, const Google__Protobuf__Timestamp *time)
{
    char text[TIME_TEXT_MAX];
    if (time == NULL) {
        return "";
    }
    time_text(time, text);
    const char *copy = arena_str(&hayat->arena, bytes_head(bytes_str(text), 10));
    return copy == NULL ? "" : copy;
}

/* --- the list --- */

static void add_row(struct hayat *hayat, struct table *table,
                    const Hayat__V1__PriorAuthorizationSummary *summary)
{
    const char *const cells[] = {
        day_of(hayat, summary->request_time),
        summary->authorization_number,
        label(hayat, state_text(summary->state)),
        output_amount(hayat, summary->requested_centimes),
        output_amount(hayat, summary->granted_centimes),
        output_amount(hayat, summary->estimated_share_centimes),
        output_day(hayat, summary->valid_until_date),
        summary->prior_authorization_id,
    };
    table_add(table, cells);
}

static status print_rows(struct hayat *hayat,
                         const Hayat__V1__ListPriorAuthorizationsResponse *list)
{
    struct table table;
    const char *const heading[] = {label(hayat, TEXT_REQUESTED_ON), label(hayat, TEXT_FILE),
                                   label(hayat, TEXT_STATE),        label(hayat, TEXT_REQUESTED),
                                   label(hayat, TEXT_GRANTED),      label(hayat, TEXT_YOUR_SHARE),
                                   label(hayat, TEXT_VALID_UNTIL),  label(hayat, TEXT_NUMBER)};
    TRY(table_init(&table, &hayat->arena, 8, list->n_prior_authorizations + 1));
    table.right[3] = table.right[4] = table.right[5] = true;
    table_add(&table, heading);
    for (size_t i = 0; i < list->n_prior_authorizations; i++) {
        add_row(hayat, &table, list->prior_authorizations[i]);
    }
    TRY(arena_check(&hayat->arena));
    table_print(&table);
    return STATUS_OK;
}

status output_authorizations(struct hayat *hayat,
                             const Hayat__V1__ListPriorAuthorizationsResponse *list)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&list->base));
    }
    if (list->n_prior_authorizations == 0) {
        (void)puts(label(hayat, TEXT_NO_AUTHORIZATIONS));
        return output_done();
    }
    TRY(print_rows(hayat, list));
    return output_done();
}

/* --- one of them --- */

static void heading_rows(struct hayat *hayat, const Hayat__V1__PriorAuthorization *authorization)
{
    const Hayat__V1__PriorAuthorizationSummary *summary = authorization->summary;
    (void)printf("%s ", label(hayat, TEXT_FILE));
    output_safe(stdout, summary->authorization_number);
    (void)putchar('\n');
    output_row(hayat, TEXT_STATE, label(hayat, state_text(summary->state)));
    output_row(hayat, TEXT_ESTABLISHMENT, summary->establishment_name);
    output_row(hayat, TEXT_REQUESTED_ON, day_of(hayat, summary->request_time));
    output_date_row(hayat, TEXT_PLANNED_FOR, summary->planned_care_date);
    output_row(hayat, TEXT_DECIDED_ON, day_of(hayat, summary->decision_time));
    output_date_row(hayat, TEXT_VALID_UNTIL, summary->valid_until_date);
    output_amount_row(hayat, TEXT_REQUESTED, summary->requested_centimes);
    output_amount_row(hayat, TEXT_GRANTED, summary->granted_centimes);
    output_amount_row(hayat, TEXT_YOUR_SHARE, summary->estimated_share_centimes);
}

static const char *what_of(const Hayat__V1__PriorAuthorizationLine *line)
{
    return line->act_code[0] != '\0'     ? line->act_code
           : line->letter_key[0] != '\0' ? line->letter_key
                                         : line->medicine_code;
}

static status lines_table(struct hayat *hayat, const Hayat__V1__PriorAuthorization *authorization)
{
    struct table table;
    const char *const heading[] = {label(hayat, TEXT_LINE),      label(hayat, TEXT_ACT),
                                   label(hayat, TEXT_QUANTITY),  label(hayat, TEXT_STATE),
                                   label(hayat, TEXT_REQUESTED), label(hayat, TEXT_GRANTED),
                                   label(hayat, TEXT_YOUR_SHARE)};
    TRY(table_init(&table, &hayat->arena, 7, authorization->n_lines + 1));
    table.right[2] = table.right[4] = table.right[5] = table.right[6] = true;
    table_add(&table, heading);
    for (size_t i = 0; i < authorization->n_lines; i++) {
        const Hayat__V1__PriorAuthorizationLine *line = authorization->lines[i];
        const char *const cells[] = {
            arena_printf(&hayat->arena, "%d", line->line_number),
            what_of(line),
            arena_printf(&hayat->arena, "%d", line->quantity),
            label(hayat, decision_text(line->decision)),
            output_amount(hayat, line->requested_centimes),
            output_amount(hayat, line->granted_centimes),
            output_amount(hayat, line->estimated_share_centimes),
        };
        table_add(&table, cells);
    }
    TRY(arena_check(&hayat->arena));
    (void)putchar('\n');
    table_print(&table);
    return STATUS_OK;
}

static void line_reasons(struct hayat *hayat, const Hayat__V1__PriorAuthorizationLine *line)
{
    if (line->n_rejections > 0) {
        (void)printf("\n%s %d\n", label(hayat, TEXT_LINE), line->line_number);
        output_rejections(hayat, line->rejections, line->n_rejections);
    }
}

status output_authorization(struct hayat *hayat, const Hayat__V1__PriorAuthorization *authorization)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&authorization->base));
    }
    heading_rows(hayat, authorization);
    output_missing(hayat, authorization->missing_items, authorization->n_missing_items);
    output_rejections(hayat, authorization->rejections, authorization->n_rejections);
    TRY(lines_table(hayat, authorization));
    for (size_t i = 0; i < authorization->n_lines; i++) {
        line_reasons(hayat, authorization->lines[i]);
    }
    output_timeline(hayat, authorization->timeline, authorization->n_timeline,
                    authorization->legal_clock);
    return output_done();
}
