#include "tools/hayatctl/demo_generate.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/defer.h"
#include "tools/hayatctl/csv_out.h"
#include "tools/hayatctl/demo_photo.h"
#include "tools/hayatctl/demo_rows.h"

enum { PATH_BYTES = 256, FILE_BUFFER_BYTES = 256 * 1024 };

struct output {
    const struct demo_fund *fund;
    const char *directory;
    FILE *files[FEED_KIND_COUNT];
    int64_t billed_centimes, reimbursed_centimes;
    struct demo_result *result;
};

static void close_output(struct output *output)
{
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
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

static void put_persons(struct output *output, const struct demo_member *member)
{
    FILE **files = output->files;
    uint64_t *rows = output->result->rows;
    const struct demo_fund *fund = output->fund;
    bool photos = fund->photo_members == 0 || member->index < fund->photo_members ||
                  member->index == demo_hero_index(fund);
    for (uint32_t seq = 0; seq < member->person_count; seq++) {
        struct demo_period period;
        demo_row_person(files[FEED_BENEFICIARIES], member, seq);
        demo_row_card(files[FEED_CARDS], member, seq, photos);
        demo_period_make(fund, member, seq, &period);
        demo_row_period(files[FEED_RIGHTS], member, seq, &period);
        if (demo_is_exempt(fund, member, seq)) {
            struct demo_exemption exemption;
            demo_exemption_make(fund, member, seq, &exemption);
            demo_row_exemption(files[FEED_EXEMPTIONS], member, seq, &exemption);
            rows[FEED_EXEMPTIONS]++;
        }
    }
    rows[FEED_BENEFICIARIES] += member->person_count;
    rows[FEED_CARDS] += member->person_count;
    rows[FEED_RIGHTS] += member->person_count;
}

static void put_claims(struct output *output, const struct demo_member *member)
{
    FILE **files = output->files;
    uint64_t *rows = output->result->rows;
    uint32_t claims = demo_claim_count(output->fund, member);
    for (uint32_t i = 0; i < claims; i++) {
        struct demo_claim claim;
        demo_claim_make(output->fund, member, i, &claim);
        demo_row_claim(files[FEED_CLAIMS], member, &claim);
        for (uint32_t line = 0; line < claim.line_count; line++) {
            demo_row_line(files[FEED_CLAIM_LINES], member, &claim, line);
        }
        if (claim.payment_date.year > 0) {
            demo_row_payment(files[FEED_PAYMENTS], member, &claim);
            rows[FEED_PAYMENTS]++;
        }
        rows[FEED_CLAIM_LINES] += claim.line_count;
        output->billed_centimes += claim.billed_centimes;
        output->reimbursed_centimes += claim.reimbursed_centimes;
    }
    rows[FEED_CLAIMS] += claims;
}

static void put_authorizations(struct output *output, const struct demo_member *member)
{
    FILE **files = output->files;
    uint64_t *rows = output->result->rows;
    uint32_t count = demo_authorization_count(output->fund, member);
    for (uint32_t i = 0; i < count; i++) {
        struct demo_authorization authorization;
        demo_authorization_make(output->fund, member, i, &authorization);
        demo_row_authorization(files[FEED_PRIOR_AUTHORIZATIONS], member, &authorization);
        for (uint32_t line = 0; line < authorization.line_count; line++) {
            demo_row_authorization_line(files[FEED_PRIOR_AUTHORIZATION_LINES], member,
                                        &authorization, line);
        }
        rows[FEED_PRIOR_AUTHORIZATION_LINES] += authorization.line_count;
    }
    rows[FEED_PRIOR_AUTHORIZATIONS] += count;
}

static void put_account(struct output *output, const struct demo_member *member)
{
    struct demo_account account;
    if (demo_account_make(output->fund, member, &account)) {
        demo_row_account(output->files[FEED_BANK_ACCOUNTS], member, &account);
        output->result->rows[FEED_BANK_ACCOUNTS]++;
    }
}

static void put_all_of(struct output *output, const struct demo_member *member)
{
    demo_row_member(output->files[FEED_MEMBERS], member);
    output->result->rows[FEED_MEMBERS]++;
    put_persons(output, member);
    for (uint32_t seq = 0; seq < member->pension_count; seq++) {
        demo_row_pension(output->files[FEED_PENSIONS], member, seq);
    }
    output->result->rows[FEED_PENSIONS] += member->pension_count;
    put_account(output, member);
    put_claims(output, member);
    put_authorizations(output, member);
}

static void put_common(struct output *output)
{
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        if (feed_kind_is_common((enum feed_kind)i)) {
            output->result->rows[i] = demo_rows_common(output->files[i], (enum feed_kind)i,
                                                       output->fund->today);
        }
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

static bool name_of(enum feed_kind kind, char name[64])
{
    int len = snprintf(name, 64, "%s.csv", feed_layout(kind)->name);
    return len > 0 && len < 64;
}

static void put_header(FILE *file, const struct feed_layout *layout)
{
    for (size_t i = 0; i < layout->column_count; i++) {
        (void)fprintf(file, "%s%s", i == 0 ? "" : ",", layout->columns[i]);
    }
    csv_end(file);
}

static status open_files(struct output *output)
{
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        char name[64], path[PATH_BYTES];
        if (!name_of((enum feed_kind)i, name) || !path_in(output->directory, name, ".part", path)) {
            return failed_at(output->result, output->directory);
        }
        output->files[i] = fopen(path, "we");
        if (output->files[i] == NULL) {
            return failed_at(output->result, path);
        }
        (void)setvbuf(output->files[i], NULL, _IOFBF, FILE_BUFFER_BYTES);
        put_header(output->files[i], feed_layout((enum feed_kind)i));
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
                     "today", today, "members", (json_int_t)result->rows[FEED_MEMBERS],
                     "beneficiaries", (json_int_t)result->rows[FEED_BENEFICIARIES], "pensions",
                     (json_int_t)result->rows[FEED_PENSIONS], "pensioners_abroad",
                     (json_int_t)result->abroad, "fund_claims",
                     (json_int_t)result->rows[FEED_CLAIMS]);
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

/* What the source says its files hold: import reconciles it. */
static status write_control(struct output *output)
{
    char part[PATH_BYTES];
    if (!path_in(output->directory, "control_totals.csv", ".part", part)) {
        return failed_at(output->result, output->directory);
    }
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        return failed_at(output->result, part);
    }
    (void)fputs("file,rows,billed_centimes,reimbursed_centimes\n", file);
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        csv_text(file, feed_layout((enum feed_kind)i)->name);
        csv_comma(file);
        csv_int(file, (int64_t)output->result->rows[i]);
        if (i == FEED_CLAIMS) {
            csv_comma(file);
            csv_int(file, output->billed_centimes);
            csv_comma(file);
            csv_int(file, output->reimbursed_centimes);
        } else {
            (void)fputs(",,", file);
        }
        csv_end(file);
    }
    return finish_file(output, "control_totals.csv", &file);
}

static void write_members(struct output *output, struct progress *progress)
{
    struct demo_member member;
    for (uint32_t i = 0; i < output->fund->members; i++) {
        demo_member_make(output->fund, i, &member);
        put_all_of(output, &member);
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
    put_common(&output);
    write_members(&output, progress);
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        char name[64];
        TRY(name_of((enum feed_kind)i, name) ? STATUS_OK : FAIL(FILE_UNWRITABLE));
        TRY(finish_file(&output, name, &output.files[i]));
    }
    TRY(write_control(&output));
    return write_description(&output);
}
