#include "output.h"

#include <stdio.h>
#include <string.h>

#include "message_json.h"
#include "output_claims.h"

enum { LABEL_COLUMNS = 26 };

/* C0, DEL, and C1 as UTF-8 (C2 80 to C2 9F) become a question mark. */
void output_safe(FILE *file, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        bool c1 = p[0] == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F;
        (void)fputc(*p < 0x20 || *p == 0x7F || c1 ? '?' : *p, file);
        p += c1 ? 1 : 0;
    }
}

static int columns_of(const char *text)
{
    int columns = 0;
    for (const char *p = text; *p != '\0'; p++) {
        columns += ((unsigned char)*p & 0xC0) != 0x80;
    }
    return columns;
}

void output_row(const struct hayat *hayat, enum text label, const char *value)
{
    const char *name = text_get(label, hayat->language);
    int pad = LABEL_COLUMNS - columns_of(name);
    if (value == NULL || value[0] == '\0') {
        return;
    }
    (void)printf("  %s%*s", name, pad > 1 ? pad : 1, "");
    output_safe(stdout, value);
    (void)putchar('\n');
}

void output_date_row(const struct hayat *hayat, enum text label, const Google__Type__Date *date)
{
    char text[TIME_TEXT_MAX];
    date_text(date, text);
    output_row(hayat, label, text);
}

static status flushed(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status output_json(json_t *json)
{
    bool written = json != NULL && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 &&
                   putchar('\n') != EOF;
    json_decref(json);
    return written ? flushed() : FAIL(FILE_UNWRITABLE);
}

status output_signed_in(struct hayat *hayat)
{
    char until[TIME_TEXT_MAX];
    Google__Protobuf__Timestamp expire = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    expire.seconds = hayat->session.expire_ms / 1000;
    time_text(&expire, until);
    if (hayat->arguments.json != 0) {
        return output_json(json_pack("{s:s, s:s, s:s}", "device_id", hayat->session.device_id,
                                     "server", hayat->session.server, "expire_time", until));
    }
    (void)printf("%s %s\n", text_get(TEXT_SIGNED_IN, hayat->language), until);
    return flushed();
}

status output_said(struct hayat *hayat, enum text sentence)
{
    if (hayat->arguments.json) {
        return output_json(json_object());
    }
    (void)puts(text_get(sentence, hayat->language));
    return flushed();
}

status output_token(struct hayat *hayat)
{
    if (hayat->arguments.json != 0) {
        return output_json(json_pack("{s:s}", "access_token", hayat->session.token));
    }
    (void)printf("%s\n", hayat->session.token);
    return flushed();
}

/* --- card and home --- */

static void full_name(const Hayat__V1__PersonName *name, bool arabic, char *out, size_t size)
{
    bool has_arabic = name->given_name_ar[0] != '\0' || name->family_name_ar[0] != '\0';
    bool ar = arabic && has_arabic;
    (void)snprintf(out, size, "%s %s", ar ? name->given_name_ar : name->given_name,
                   ar ? name->family_name_ar : name->family_name);
}

static enum text relationship_text(Hayat__V1__Relationship relationship)
{
    static const enum text texts[] = {
        [HAYAT__V1__RELATIONSHIP__RELATIONSHIP_UNSPECIFIED] = TEXT_UNKNOWN,
        [HAYAT__V1__RELATIONSHIP__RELATIONSHIP_HOLDER] = TEXT_HOLDER,
        [HAYAT__V1__RELATIONSHIP__RELATIONSHIP_SPOUSE] = TEXT_SPOUSE,
        [HAYAT__V1__RELATIONSHIP__RELATIONSHIP_CHILD] = TEXT_CHILD,
    };
    bool known = relationship >= HAYAT__V1__RELATIONSHIP__RELATIONSHIP_UNSPECIFIED &&
                 relationship <= HAYAT__V1__RELATIONSHIP__RELATIONSHIP_CHILD;
    return known ? texts[relationship] : TEXT_UNKNOWN;
}

static void person_rows(struct hayat *hayat, const Hayat__V1__Beneficiary *person)
{
    char name[256], other_script[256];
    if (person == NULL || person->name == NULL) {
        return;
    }
    bool arabic = hayat->language == LANGUAGE_AR;
    full_name(person->name, arabic, name, sizeof name);
    output_row(hayat, TEXT_NAME, name);
    full_name(person->name, !arabic, other_script, sizeof other_script);
    output_row(hayat, TEXT_NAME, strcmp(name, other_script) == 0 ? "" : other_script);
    output_date_row(hayat, TEXT_BIRTH_DATE, person->birth_date);
    output_row(hayat, TEXT_RELATIONSHIP,
               text_get(relationship_text(person->relationship), hayat->language));
}

static void card_rows(struct hayat *hayat, const Hayat__V1__Card *card)
{
    bool active = card->state == HAYAT__V1__CARD_STATE__CARD_STATE_ACTIVE;
    bool arabic = hayat->language == LANGUAGE_AR && card->mutuelle_name_ar[0] != '\0';
    (void)printf("%s\n", text_get(TEXT_CARD, hayat->language));
    person_rows(hayat, card->beneficiary);
    output_row(hayat, TEXT_REGISTRATION, card->registration_number);
    output_row(hayat, TEXT_AFFILIATION, card->affiliation_number);
    output_row(hayat, TEXT_CINE, card->cine_number);
    output_row(hayat, TEXT_MUTUELLE, arabic ? card->mutuelle_name_ar : card->mutuelle_name);
    output_date_row(hayat, TEXT_ISSUED, card->issue_date);
    output_row(hayat, TEXT_STATE, text_get(active ? TEXT_ACTIVE : TEXT_SUSPENDED, hayat->language));
    output_row(hayat, TEXT_NUMBER, card->card_id);
}

status output_card(struct hayat *hayat, const Hayat__V1__Card *card)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&card->base));
    }
    card_rows(hayat, card);
    return flushed();
}

static void due_rows(struct hayat *hayat, const Hayat__V1__DueItem *item)
{
    char due[TIME_TEXT_MAX];
    date_text(item->due_date, due);
    (void)printf("  %s  ", due);
    output_safe(stdout, item->text);
    (void)printf("%s%s%s\n", item->overdue ? " (" : "",
                 item->overdue ? text_get(TEXT_OVERDUE, hayat->language) : "",
                 item->overdue ? ")" : "");
}

status output_home(struct hayat *hayat, const Hayat__V1__GetHomeResponse *home)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&home->base));
    }
    if (home->card != NULL) {
        card_rows(hayat, home->card);
    } else {
        (void)printf("%s\n", text_get(TEXT_NO_CARD, hayat->language));
    }
    for (size_t i = 0; i < home->n_dependants; i++) {
        (void)printf("%s%s\n", i == 0 ? "\n" : "",
                     i == 0 ? text_get(TEXT_DEPENDANTS, hayat->language) : "");
        person_rows(hayat, home->dependants[i]);
    }
    if (home->n_claims > 0) {
        (void)printf("\n%s\n", text_get(TEXT_LAST_CLAIMS, hayat->language));
        TRY(output_claim_rows(hayat, home->claims, home->n_claims));
    }
    for (size_t i = 0; i < home->n_prior_authorizations; i++) {
        const Hayat__V1__PriorAuthorizationSummary *asked = home->prior_authorizations[i];
        (void)printf("%s%s%s", i == 0 ? "\n" : "",
                     i == 0 ? text_get(TEXT_PENDING_AUTHORIZATIONS, hayat->language) : "",
                     i == 0 ? "\n" : "");
        output_row(hayat, TEXT_NUMBER, asked->authorization_number);
        output_row(hayat, TEXT_ESTABLISHMENT, asked->establishment_name);
    }
    for (size_t i = 0; i < home->n_due_items; i++) {
        (void)printf("%s%s", i == 0 ? "\n" : "", i == 0 ? text_get(TEXT_DUE, hayat->language) : "");
        (void)printf("%s", i == 0 ? "\n" : "");
        due_rows(hayat, home->due_items[i]);
    }
    return flushed();
}
