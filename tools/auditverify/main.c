/*
 * hayat-auditverify KEY EXPORT [HEADS]: checks an export of the audit chain against the heads that left the machine.
 *
 * KEY is the fund's audit key in hex, EXPORT a file of `hayatctl audit export`, HEADS the file hayatd appended heads to.
 * Exit codes: 0 whole, 1 something was changed, 2 wrong usage, 3 a file cannot be read.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/auditverify/text.h"

enum { CODE_WHOLE, CODE_CHANGED, CODE_USAGE, CODE_UNREADABLE };

struct run {
    uint8_t key[KEY_LEN];
    struct chain chain;
    FILE *export;
    struct signed_head *heads; /* of the heads' file, by sequence */
    size_t head_count, head_at;
    struct signed_head last; /* the export's last line */
    uint64_t heads_checked, lines_skipped;
    const char *fault;
    char *line;
    size_t line_size;
};

/* False at the end; run->line has no newline then. */
static bool next_line(struct run *run, FILE *file)
{
    ssize_t len = getline(&run->line, &run->line_size, file);
    if (len > 0 && run->line[len - 1] == '\n') {
        run->line[len - 1] = '\0';
    }
    return len >= 0;
}

static bool keep_head(struct run *run, const struct signed_head *head)
{
    struct signed_head *more = reallocarray(run->heads, run->head_count + 1, sizeof *more);
    if (more == NULL) {
        return false;
    }
    run->heads = more;
    run->heads[run->head_count++] = *head;
    return true;
}

static int by_sequence(const void *a, const void *b)
{
    const struct signed_head *left = a, *right = b;
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* Lines that are no heads are counted and passed: a crash may have cut one short, and syslog writes before them.  A head may
   be there twice, and then a little out of order. */
static bool read_heads(struct run *run, FILE *file)
{
    struct signed_head head;
    while (next_line(run, file)) {
        const char *start = strstr(run->line, "hayat-audit-head v1 ");
        if (start == NULL || !text_head(start, &head)) {
            run->lines_skipped++;
        } else if (!keep_head(run, &head)) {
            return false;
        }
    }
    if (run->head_count > 0) {
        qsort(run->heads, run->head_count, sizeof *run->heads, by_sequence);
    }
    return true;
}

static void check_heads(struct run *run)
{
    while (run->fault == NULL && run->head_at < run->head_count &&
           run->heads[run->head_at].sequence <= run->chain.count) {
        run->fault = chain_check(&run->chain, run->key, &run->heads[run->head_at]);
        run->head_at++;
        run->heads_checked++;
    }
}

static void take_entries(struct run *run)
{
    uint8_t entry[ENTRY_LEN_MAX];
    size_t len;
    while (run->fault == NULL && next_line(run, run->export)) {
        if (!text_entry(run->line, entry, &len)) {
            if (!text_head(run->line, &run->last) || next_line(run, run->export)) {
                run->fault = "this line is neither an entry nor the last head";
            }
            return;
        }
        run->fault = chain_add(&run->chain, entry, len);
        check_heads(run);
    }
}

/* What signs entries that are not there, and the export's own end. */
static void check_end(struct run *run)
{
    if (run->fault == NULL && run->head_at < run->head_count) {
        run->fault = chain_check(&run->chain, run->key, &run->heads[run->head_at]);
    }
    if (run->fault == NULL && run->last.sequence != run->chain.count) {
        run->fault = "the export does not end in the head of its last entry";
    }
    if (run->fault == NULL && run->chain.count > 0) {
        run->fault = chain_check(&run->chain, run->key, &run->last);
        run->heads_checked++;
    }
}

static int verify(struct run *run)
{
    if (!next_line(run, run->export) || !text_is_first_line(run->line)) {
        run->fault = "this is no export of an audit chain";
    }
    check_heads(run);
    take_entries(run);
    check_end(run);
    if (run->lines_skipped > 0) {
        (void)fprintf(stderr, "hayat-auditverify: %llu lines are no heads\n",
                      (unsigned long long)run->lines_skipped);
    }
    if (run->fault != NULL) {
        (void)printf("CHANGED at entry %llu: %s\n", (unsigned long long)run->chain.count,
                     run->fault);
        return CODE_CHANGED;
    }
    (void)printf("whole: %llu entries, %llu signed heads\n", (unsigned long long)run->chain.count,
                 (unsigned long long)run->heads_checked);
    return CODE_WHOLE;
}

static bool open_file(const char *path, FILE **ret_file)
{
    *ret_file = fopen(path, "re");
    if (*ret_file == NULL) {
        (void)fprintf(stderr, "hayat-auditverify: %s cannot be read\n", path);
    }
    return *ret_file != NULL;
}

static bool open_both(struct run *run, const char *export, const char *heads)
{
    FILE *file = NULL;
    if (!open_file(export, &run->export) || (heads != NULL && !open_file(heads, &file))) {
        return false;
    }
    bool good = file == NULL || read_heads(run, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

static void end_run(struct run *run)
{
    chain_free(&run->chain);
    free(run->line);
    if (run->export != NULL) {
        (void)fclose(run->export);
    }
    free(run->heads);
}

static const char usage[] =
    "Usage: hayat-auditverify KEY EXPORT [HEADS]\n"
    "Checks an export of the audit chain (hayatctl audit export) with the fund's public key, as 64 "
    "hex\n"
    "digits (hayatctl audit export-key), and with the heads that left the machine ([audit] file).\n"
    "Exit codes: 0 whole; 1 something was changed; 2 wrong usage; 3 a file cannot be read.\n";

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        return CODE_WHOLE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("hayat-auditverify " HAYAT_VERSION);
        return CODE_WHOLE;
    }
    struct run run = {.fault = NULL};
    if (argc < 3 || argc > 4 || sodium_init() < 0 || !text_bytes(argv[1], run.key, KEY_LEN)) {
        (void)fputs(usage, stderr);
        return CODE_USAGE;
    }
    int code = CODE_UNREADABLE;
    if (open_both(&run, argv[2], argc == 4 ? argv[3] : NULL)) {
        code = verify(&run);
    }
    end_run(&run);
    return code;
}
