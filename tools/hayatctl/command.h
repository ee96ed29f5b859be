/*
 * command: what the sub-commands of hayatctl share: their table, their options, their words on
 * standard error.
 *
 * A command is found by its words ("ca init"), reads its own options with popt, prints results on
 * standard output and everything else on standard error, and returns an exit code:
 *   0 all fine
 *   1 done, but some input was refused or something checked is wrong
 *   2 usage
 *   3 failed
 */
#ifndef HAYAT_TOOLS_HAYATCTL_COMMAND_H
#define HAYAT_TOOLS_HAYATCTL_COMMAND_H

#include <popt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum exit_code { EXIT_FINE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

struct command {
    const char *words;   /* "keys init" */
    const char *summary; /* one line */
    /* ARGV[0] is the program and the command's words; options follow. */
    enum exit_code (*run)(int argc, const char **argv);
};

extern const struct command commands[];
extern const size_t command_count;

/* Finds and runs the command that ARGV names. */
enum exit_code command_main(int argc, const char **argv);

enum { COMMAND_ARGUMENTS_MAX = 16 };

/* What is left on the line after the options; strings live until command_line_fini. */
struct command_line {
    poptContext context;
    const char *arguments[COMMAND_ARGUMENTS_MAX];
    size_t count;
};

/* What a command takes. */
struct command_usage {
    const struct poptOption *options; /* their variables are set */
    const char *arguments;            /* for --help: "DIR | KIND FILE..." */
    size_t least, most;               /* arguments */
};

/* Tells what is wrong on standard error.  --help prints and exits with 0. */
bool command_line_init(struct command_line *line, int argc, const char **argv,
                       const struct command_usage *usage);
void command_line_fini(struct command_line *line);

/* "hayatctl: …" on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* complain with the reason's name and text; returns EXIT_FAILED. */
enum exit_code complain_status(const char *what, status s);
/* What a walk through the store left out; nothing when that is nothing. */
void print_damaged(FILE *out, uint64_t damaged);

enum exit_code command_keys_init(int argc, const char **argv);
enum exit_code command_keys_status(int argc, const char **argv);
enum exit_code command_keys_rotate(int argc, const char **argv);
enum exit_code command_keys_rewrap(int argc, const char **argv);
enum exit_code command_keys_retire(int argc, const char **argv);
enum exit_code command_audit_verify(int argc, const char **argv);
enum exit_code command_audit_head(int argc, const char **argv);
enum exit_code command_audit_export(int argc, const char **argv);
enum exit_code command_audit_export_key(int argc, const char **argv);
enum exit_code command_ca_init(int argc, const char **argv);
enum exit_code command_demo_generate(int argc, const char **argv);
enum exit_code command_demo_campaign(int argc, const char **argv);
enum exit_code command_import(int argc, const char **argv);
enum exit_code command_enrol(int argc, const char **argv);
enum exit_code command_agent_add(int argc, const char **argv);
enum exit_code command_agent_list(int argc, const char **argv);
enum exit_code command_system_add(int argc, const char **argv);
enum exit_code command_system_list(int argc, const char **argv);
enum exit_code command_caller_renew(int argc, const char **argv);
enum exit_code command_caller_revoke(int argc, const char **argv);
enum exit_code command_canary_add(int argc, const char **argv);
enum exit_code command_canary_remove(int argc, const char **argv);
enum exit_code command_canary_list(int argc, const char **argv);
enum exit_code command_campaign_show(int argc, const char **argv);
enum exit_code command_campaign_unasked(int argc, const char **argv);
enum exit_code command_bank_export(int argc, const char **argv);
enum exit_code command_bank_verify(int argc, const char **argv);
enum exit_code command_review_list(int argc, const char **argv);
enum exit_code command_review_claim(int argc, const char **argv);
enum exit_code command_review_release(int argc, const char **argv);
enum exit_code command_review_show(int argc, const char **argv);
enum exit_code command_review_evidence(int argc, const char **argv);
enum exit_code command_review_decide(int argc, const char **argv);
enum exit_code command_receipt_key(int argc, const char **argv);
enum exit_code command_db_check(int argc, const char **argv);
enum exit_code command_db_stat(int argc, const char **argv);
enum exit_code command_db_copy(int argc, const char **argv);
enum exit_code command_db_restore(int argc, const char **argv);
enum exit_code command_retention_show(int argc, const char **argv);
enum exit_code command_retention_run(int argc, const char **argv);
enum exit_code command_retention_defaults(int argc, const char **argv);
enum exit_code command_health(int argc, const char **argv);

#endif
