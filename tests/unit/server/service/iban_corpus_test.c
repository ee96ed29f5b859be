/*
 * Promise: the published corpus of account numbers (iban_corpus.csv) is decided as it says, however a number is written: Moroccan ones are
 * taken, those of other countries are refused as such and for nothing else, and what only looks Moroccan is refused for what is wrong.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "service/rib_rules.h"
#include "tests/support/cm.h"

#define CORPUS HAYAT_SOURCE_DIR "/tests/unit/server/service/iban_corpus.csv"

enum { LINE_BYTES = 256, WRITTEN_BYTES = 256, ROWS_LEAST = 100, COUNTRIES_LEAST = 80 };

struct corpus_row {
    char number[48], verdict[16];
};

static enum rib_fault fault_of(const char *verdict)
{
    static const struct {
        const char *name;
        enum rib_fault fault;
    } faults[] = {
        {"FINE", RIB_FINE},     {"COUNTRY", RIB_COUNTRY},       {"KEY", RIB_KEY},
        {"LENGTH", RIB_LENGTH}, {"IBAN_CHECK", RIB_IBAN_CHECK}, {"CHARACTER", RIB_CHARACTER}};
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        if (strcmp(faults[i].name, verdict) == 0) {
            return faults[i].fault;
        }
    }
    fail_msg("%s is no verdict", verdict);
    return RIB_EMPTY;
}

/* A way to write a number: what stands between groups of GROUP, before it and behind it. */
struct manner {
    const char *between, *around;
    size_t group;
    bool lower;
};

static void write_as(const struct manner *manner, const char *number, char out[WRITTEN_BYTES])
{
    size_t len = (size_t)snprintf(out, WRITTEN_BYTES, "%s", manner->around);
    for (size_t i = 0; number[i] != '\0'; i++) {
        if (i > 0 && i % manner->group == 0) {
            len += (size_t)snprintf(out + len, WRITTEN_BYTES - len, "%s", manner->between);
        }
        out[len++] = (char)(manner->lower ? tolower((unsigned char)number[i]) : number[i]);
    }
    (void)snprintf(out + len, WRITTEN_BYTES - len, "%s", manner->around);
}

static void decide(const struct corpus_row *row)
{
    static const struct manner manners[] = {
        {"", "", 64, false},        {"", "", 64, true},       {" ", "", 4, false},
        {"-", " ", 4, true},        {"\u00a0", "", 4, false}, {".", "", 3, false},
        {" - ", "\u200f", 2, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(manners); i++) {
        char written[WRITTEN_BYTES];
        struct rib rib = {""};
        write_as(&manners[i], row->number, written);
        enum rib_fault fault = rib_parse(bytes_str(written), &rib);
        if (fault != fault_of(row->verdict)) {
            fail_msg("\"%s\" is %s, not \"%s\"", written, row->verdict, rib_fault_text(fault));
        }
        assert_string_equal(rib.digits, fault == RIB_FINE ? row->number + 4 : "");
    }
}

/* Takes what stands before the next comma. */
static void take_field(const char **rest, char *out, size_t room)
{
    size_t len = strcspn(*rest, ",\n");
    assert_true(len < room &&
                (*rest)[len] == ','); /* something follows: at last, where it is from */
    memcpy(out, *rest, len);
    out[len] = '\0';
    *rest += len + 1;
}

/* "number,verdict,source" */
static bool read_row(FILE *file, struct corpus_row *row)
{
    char line[LINE_BYTES];
    const char *rest = line;
    if (fgets(line, sizeof line, file) == NULL) {
        return false;
    }
    take_field(&rest, row->number, sizeof row->number);
    take_field(&rest, row->verdict, sizeof row->verdict);
    return true;
}

static void the_corpus_is_decided_as_it_says(void **state)
{
    (void)state;
    struct corpus_row row;
    size_t rows = 0, countries = 0;
    FILE *file = fopen(CORPUS, "re");
    assert_non_null(file);
    assert_true(read_row(file, &row)); /* the header */
    while (read_row(file, &row)) {
        decide(&row);
        rows++;
        countries += strcmp(row.verdict, "COUNTRY") == 0 ? 1 : 0;
    }
    (void)fclose(file);
    assert_true(rows >= ROWS_LEAST && countries >= COUNTRIES_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_is_decided_as_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
