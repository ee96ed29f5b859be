#include <stdio.h>

#include "message_json.h"
#include "output_claims.h"

#define STATE(name) HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_##name

static enum text state_text(Hayat__V1__CoverageState state)
{
    static const enum text texts[] = {
        [STATE(UNSPECIFIED)] = TEXT_UNKNOWN,
        [STATE(OPEN)] = TEXT_RIGHTS_OPEN,
        [STATE(OPEN_UNTIL)] = TEXT_RIGHTS_OPEN_UNTIL,
        [STATE(CLOSED)] = TEXT_RIGHTS_CLOSED,
    };
    return state >= STATE(UNSPECIFIED) && state <= STATE(CLOSED) ? texts[state] : TEXT_UNKNOWN;
}

static void name_line(struct hayat *hayat, const Hayat__V1__Beneficiary *person)
{
    bool arabic = hayat->language == LANGUAGE_AR && person->name->given_name_ar[0] != '\0';
    output_safe(stdout, arabic ? person->name->given_name_ar : person->name->given_name);
    (void)putchar(' ');
    output_safe(stdout, arabic ? person->name->family_name_ar : person->name->family_name);
    (void)printf("  %s\n", person->beneficiary_id);
}

static void exemption_rows(struct hayat *hayat, const Hayat__V1__Coverage *coverage)
{
    for (size_t i = 0; i < coverage->n_exemptions; i++) {
        const Hayat__V1__Exemption *exemption = coverage->exemptions[i];
        char line[640];
        (void)snprintf(line, sizeof line, "%s  %s", exemption->exemption_code, exemption->text);
        output_row(hayat, TEXT_EXEMPTION, line);
    }
}

static void coverage_rows(struct hayat *hayat, const Hayat__V1__Coverage *coverage)
{
    if (coverage->beneficiary != NULL && coverage->beneficiary->name != NULL) {
        name_line(hayat, coverage->beneficiary);
    }
    bool open = coverage->state != STATE(CLOSED);
    output_row(hayat, TEXT_RIGHTS, text_get(state_text(coverage->state), hayat->language));
    output_date_row(hayat, TEXT_OPEN_FROM, coverage->opens_date);
    output_date_row(hayat, TEXT_OPEN_SINCE, coverage->open_since_date);
    output_date_row(hayat, open ? TEXT_OPEN_UNTIL : TEXT_WAS_OPEN_UNTIL,
                    coverage->last_covered_date);
    output_row(hayat, TEXT_WHY, coverage->reason);
    output_row(hayat, TEXT_NEXT_STEP, coverage->next_step);
    exemption_rows(hayat, coverage);
}

status output_coverage(struct hayat *hayat, const Hayat__V1__GetCoverageResponse *response)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&response->base));
    }
    for (size_t i = 0; i < response->n_coverages; i++) {
        (void)printf("%s", i == 0 ? "" : "\n");
        coverage_rows(hayat, response->coverages[i]);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}
