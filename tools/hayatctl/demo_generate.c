#include "tools/hayatctl/demo_generate.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/defer.h"
#include "tools/hayatctl/csv_out.h"
#include "tools/hayatctl/demo_claims.h"
#include "tools/hayatctl/demo_photo.h"

enum { PATH_BYTES = 256 };

static const struct {
    const char *name, *header;
} layouts[DEMO_FILE_COUNT] = {
    [DEMO_FILE_MEMBERS] =
        {"members.csv",
         "registration_number,affiliation_number,mutuelle_code,country_code,language,"
         "phone_number,address,update_date"},
    [DEMO_FILE_BENEFICIARIES] =
        {"beneficiaries.csv",
         "registration_number,seq,relationship,given_name,family_name,given_name_ar,"
         "family_name_ar,birth_date,cine_number,update_date"},
    [DEMO_FILE_CARDS] = {"cards.csv",
                         "registration_number,seq,issue_date,state,photo_file,update_date"},
    [DEMO_FILE_PENSIONS] =
        {"pensions.csv",
         "registration_number,seq,pension_number,scheme_code,country_code,start_date,update_date"},
    [DEMO_FILE_CAMPAIGNS] = {"campaigns.csv", "year,open_date,due_date,grace_end_date"},
    [DEMO_FILE_CLAIMS] =
        {"claims.csv",
         "registration_number,claim_number,beneficiary_seq,origin,state,first_care_date,"
         "last_care_date,deposit_date,receipt_date,decision_date,payment_date,prescriber_inpe,"
         "billed_centimes,reimbursed_centimes,payee,payment_reference,masked_account,missing_items,"
         "complementary_statement,update_date"},
    [DEMO_FILE_CLAIM_LINES] =
        {"claim_lines.csv",
         "registration_number,claim_number,line_number,care_date,act_code,letter_key,"
         "coefficient_hundredths,quantity,tooth,medicine_code,executor_inpe,billed_centimes,"
         "base_centimes,rate_percent,exemption,ticket_moderateur_centimes,overrun_centimes,"
         "non_covered_centimes,reimbursed_centimes,adjustment_reason,rejection_reason,"
         "tariff_version"},
};

struct output {
    const struct demo_fund *fund;
    const char *directory;
    FILE *files[DEMO_FILE_COUNT];
    struct demo_result *result;
};

static void close_output(struct output *output)
{
    for (size_t i = 0; i < DEMO_FILE_COUNT; i++) {
        defer_fclose(&output->files[i]);
        output->files[i] = NULL;
    }
}

static status failed_at(struct demo_result *result, const char *path)
{
    (void)snprintf(result->failed_path, sizeof(result->failed_path), "%s", path);
    return FAIL(FILE_UNWRITABLE);
}

static bool path_in(const char *directory, const char *name, const char *suffix,
                    char path[PATH_BYTES])
{
    int len = snprintf(path, PATH_BYTES, "%s/%s%s", directory, name, suffix);
    return len > 0 && len < PATH_BYTES;
}

/* --- rows --- */

static void write_member(FILE *out, const struct demo_member *member)
{
    const char *fields[] = {member->registration_number,
                            member->affiliation_number,
                            member->mutuelle_code,
                            member->country_code,
                            member->language,
                            member->phone_number,
                            member->address};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        csv_text(out, fields[i]);
        csv_comma(out);
    }
    csv_date(out, member->update_date);
    csv_end(out);
}

static void write_key(FILE *out, const struct demo_member *member, uint32_t seq)
{
    csv_text(out, member->registration_number);
    csv_comma(out);
    csv_int(out, seq);
}

static void write_person(FILE *out, const struct demo_member *member, uint32_t seq)
{
    static const char *const relationships[] = {"HOLDER", "SPOUSE", "CHILD"};
    const struct demo_person *person = &member->persons[seq];
    const char *fields[] = {relationships[person->relationship], person->given->latin,
                            person->family->latin, person->given->arabic, person->family->arabic};
    write_key(out, member, seq);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        csv_comma(out);
        csv_text(out, fields[i]);
    }
    csv_comma(out);
    csv_date(out, person->birth_date);
    csv_comma(out);
    csv_text(out, person->cine);
    csv_comma(out);
    csv_date(out, member->update_date);
    csv_end(out);
}

static void write_card(FILE *out, const struct demo_member *member, uint32_t seq)
{
    const struct demo_person *person = &member->persons[seq];
    write_key(out, member, seq);
    csv_comma(out);
    csv_date(out, person->card_issue_date);
    (void)fprintf(out, ",%s,", person->card_suspended ? "SUSPENDED" : "ACTIVE");
    if (person->photo >= 0) {
        (void)fprintf(out, "photos/%03d.png", person->photo);
    }
    csv_comma(out);
    csv_date(out, date_compare(person->card_issue_date, member->update_date) > 0
                      ? person->card_issue_date
                      : member->update_date);
    csv_end(out);
}

static void write_pension(FILE *out, const struct demo_member *member, uint32_t seq)
{
    const struct demo_pension *pension = &member->pensions[seq];
    write_key(out, member, seq);
    (void)fprintf(out, ",%s,%s,%s,", pension->number, pension->scheme_code, member->country_code);
    csv_date(out, pension->start_date);
    csv_comma(out);
    csv_date(out, member->update_date);
    csv_end(out);
}

static void write_claim(FILE *out, const struct demo_member *member, const struct demo_claim *claim)
{
    const struct date dates[] = {claim->first_care_date, claim->last_care_date,
                                 claim->deposit_date,    claim->receipt_date,
                                 claim->decision_date,   claim->payment_date};
    (void)fprintf(out, "%s,%s,%u,%s,%s,", member->registration_number, claim->claim_number,
                  claim->beneficiary_seq, claim->origin, claim->state);
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        csv_date(out, dates[i]);
        csv_comma(out);
    }
    (void)fprintf(out, "%u,", claim->prescriber_inpe);
    csv_int(out, claim->billed_centimes);
    csv_comma(out);
    csv_int(out, claim->reimbursed_centimes);
    (void)fprintf(out, ",%s,%s,%s,%s,%s,", claim->payee, claim->payment_reference,
                  claim->masked_account, claim->missing_items,
                  claim->complementary_statement ? "true" : "false");
    csv_date(out, claim->update_date);
    csv_end(out);
}

static void write_line(FILE *out, const struct demo_member *member, const struct demo_claim *claim,
                       uint32_t number)
{
    const struct demo_line *line = &claim->lines[number];
    (void)fprintf(out, "%s,%s,%u,", member->registration_number, claim->claim_number, number + 1);
    csv_date(out, line->care_date);
    (void)fprintf(out, ",%s,%s,%d,%d,,%s,%u,", line->act_code, line->letter_key,
                  line->coefficient_hundredths, line->quantity, line->medicine_code,
                  line->executor_inpe);
    csv_int(out, line->billed_centimes);
    csv_comma(out);
    csv_int(out, line->base_centimes);
    (void)fprintf(out, ",%d,%s", line->rate_percent, line->exemption);
    const int64_t parts[] = {line->ticket_moderateur_centimes, line->overrun_centimes,
                             line->non_covered_centimes, line->reimbursed_centimes};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        csv_comma(out);
        csv_int(out, parts[i]);
    }
    (void)fprintf(out, ",,%s,TNR-2006", line->rejection_reason);
    csv_end(out);
}

static void write_all_of(struct output *output, const struct demo_member *member)
{
    FILE **files = output->files;
    uint64_t *rows = output->result->rows;
    write_member(files[DEMO_FILE_MEMBERS], member);
    rows[DEMO_FILE_MEMBERS]++;
    for (uint32_t seq = 0; seq < member->person_count; seq++) {
        write_person(files[DEMO_FILE_BENEFICIARIES], member, seq);
        write_card(files[DEMO_FILE_CARDS], member, seq);
    }
    rows[DEMO_FILE_BENEFICIARIES] += member->person_count;
    rows[DEMO_FILE_CARDS] += member->person_count;
    for (uint32_t seq = 0; seq < member->pension_count; seq++) {
        write_pension(files[DEMO_FILE_PENSIONS], member, seq);
    }
    rows[DEMO_FILE_PENSIONS] += member->pension_count;
    uint32_t claims = demo_claim_count(output->fund, member);
    for (uint32_t i = 0; i < claims; i++) {
        struct demo_claim claim;
        demo_claim_make(output->fund, member, i, &claim);
        write_claim(files[DEMO_FILE_CLAIMS], member, &claim);
        for (uint32_t line = 0; line < claim.line_count; line++) {
            write_line(files[DEMO_FILE_CLAIM_LINES], member, &claim, line);
        }
        rows[DEMO_FILE_CLAIM_LINES] += claim.line_count;
    }
    rows[DEMO_FILE_CLAIMS] += claims;
}

/* Last year's, this year's and next year's window; one is open on any day, also after the year
   turns. */
static void write_campaigns(struct output *output)
{
    for (int32_t year = output->fund->today.year - 1; year <= output->fund->today.year + 1;
         year++) {
        (void)fprintf(output->files[DEMO_FILE_CAMPAIGNS], "%d,%04d-01-01,%04d-12-31,%04d-03-31\n",
                      year, year, year, year + 1);
        output->result->rows[DEMO_FILE_CAMPAIGNS]++;
    }
}

/* --- files --- */

static status make_directories(const struct output *output)
{
    char photos[PATH_BYTES];
    if (!path_in(output->directory, "photos", "", photos)) {
        return failed_at(output->result, output->directory);
    }
    if (mkdir(output->directory, 0755) != 0 && errno != EEXIST) {
        return failed_at(output->result, output->directory);
    }
    if (mkdir(photos, 0755) != 0 && errno != EEXIST) {
        return failed_at(output->result, photos);
    }
    return STATUS_OK;
}

static status open_files(struct output *output)
{
    for (size_t i = 0; i < DEMO_FILE_COUNT; i++) {
        char path[PATH_BYTES];
        if (!path_in(output->directory, layouts[i].name, ".part", path)) {
            return failed_at(output->result, output->directory);
        }
        output->files[i] = fopen(path, "we");
        if (output->files[i] == NULL) {
            return failed_at(output->result, path);
        }
        (void)fprintf(output->files[i], "%s\n", layouts[i].header);
    }
    return STATUS_OK;
}

/* Closes a file, looks for any error on the way, and gives it its name. */
static status finish_file(struct output *output, const char *name, FILE **file)
{
    char part[PATH_BYTES], path[PATH_BYTES];
    if (!path_in(output->directory, name, ".part", part) ||
        !path_in(output->directory, name, "", path)) {
        return failed_at(output->result, name);
    }
    bool failed = fflush(*file) != 0 || ferror(*file) != 0;
    failed = fclose(*file) != 0 || failed;
    *file = NULL;
    if (failed || rename(part, path) != 0) {
        return failed_at(output->result, path);
    }
    return STATUS_OK;
}

static status write_photos(const struct output *output)
{
    for (int32_t number = 0; number < DEMO_PHOTOS; number++) {
        uint8_t photo[DEMO_PHOTO_BYTES_MAX];
        size_t len = demo_photo_make(output->fund->seed, number, photo);
        char name[32], path[PATH_BYTES];
        (void)snprintf(name, sizeof(name), "photos/%03d.png", number);
        if (!path_in(output->directory, name, "", path)) {
            return failed_at(output->result, name);
        }
        DEFER(defer_fclose) FILE *file = fopen(path, "we");
        if (file == NULL || fwrite(photo, 1, len, file) != len || fflush(file) != 0) {
            return failed_at(output->result, path);
        }
    }
    return STATUS_OK;
}

static json_t *describe(const struct output *output)
{
    const struct demo_fund *fund = output->fund;
    const struct demo_result *result = output->result;
    struct demo_member hero;
    demo_member_make(fund, demo_hero_index(fund), &hero);
    char today[16];
    (void)snprintf(today, sizeof(today), "%04d-%02d-%02d", fund->today.year, fund->today.month,
                   fund->today.day);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I}",
                     "registration_number", hero.registration_number, "country_code",
                     hero.country_code, "dependants", (json_int_t)hero.person_count - 1, "claims",
                     (json_int_t)demo_claim_count(fund, &hero), "seed", (json_int_t)fund->seed,
                     "today", today, "members", (json_int_t)result->rows[DEMO_FILE_MEMBERS],
                     "beneficiaries", (json_int_t)result->rows[DEMO_FILE_BENEFICIARIES], "pensions",
                     (json_int_t)result->rows[DEMO_FILE_PENSIONS], "pensioners_abroad",
                     (json_int_t)result->abroad, "fund_claims",
                     (json_int_t)result->rows[DEMO_FILE_CLAIMS]);
}

static status write_description(struct output *output)
{
    char part[PATH_BYTES];
    if (!path_in(output->directory, "demo.json", ".part", part)) {
        return failed_at(output->result, output->directory);
    }
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        return failed_at(output->result, part);
    }
    json_t *description = describe(output);
    bool written = description != NULL && json_dumpf(description, file, JSON_INDENT(2)) == 0;
    (void)fputc('\n', file);
    json_decref(description);
    status finished = finish_file(output, "demo.json", &file);
    return written ? finished : failed_at(output->result, part);
}

static void write_members(struct output *output, struct progress *progress)
{
    struct demo_member member;
    for (uint32_t i = 0; i < output->fund->members; i++) {
        demo_member_make(output->fund, i, &member);
        write_all_of(output, &member);
        output->result->abroad += strcmp(member.country_code, "MA") != 0 ? 1 : 0;
        progress_tick(progress, i + 1,
                      (uint32_t)((uint64_t)(i + 1) * 1000 / output->fund->members));
    }
}

status demo_generate(const struct demo_fund *fund, const char *directory, struct progress *progress,
                     struct demo_result *ret)
{
    memset(ret, 0, sizeof(*ret));
    DEFER(close_output)
    struct output output = {.fund = fund, .directory = directory, .result = ret};
    struct demo_member hero;
    demo_member_make(fund, demo_hero_index(fund), &hero);
    memcpy(ret->hero, hero.registration_number, sizeof(ret->hero));
    TRY(make_directories(&output));
    TRY(open_files(&output));
    TRY(write_photos(&output));
    write_campaigns(&output);
    write_members(&output, progress);
    for (size_t i = 0; i < DEMO_FILE_COUNT; i++) {
        TRY(finish_file(&output, layouts[i].name, &output.files[i]));
    }
    return write_description(&output);
}
