#include "tools/hayatctl/command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

const struct command commands[] = {
    {"keys init", "make the master key and the keyring", command_keys_init},
    {"keys status", "tell which data keys exist, by domain and epoch", command_keys_status},
    {"keys rotate", "give a domain a new data key", command_keys_rotate},
    {"keys rewrap", "wrap the data keys under another master key", command_keys_rewrap},
    {"keys retire", "destroy a data key that seals nothing any more", command_keys_retire},
    {"audit verify", "check the audit chain, against exported heads too", command_audit_verify},
    {"audit head", "print the newest signed head of the audit chain", command_audit_head},
    {"audit export", "write the audit chain to a file for hayat-auditverify", command_audit_export},
    {"audit export-key", "print the public key that signs the audit chain",
     command_audit_export_key},
    {"ca init", "make a development CA and the server's certificate", command_ca_init},
    {"demo generate", "write an invented fund as CSV files and photos", command_demo_generate},
    {"demo campaign", "live through a year's life certificates with invented pensioners",
     command_demo_campaign},
    {"import", "take the fund's CSV files into the store", command_import},
    {"enrol", "enrol a device for a member and write its key file", command_enrol},
    {"agent add", "register an agent of the fund and issue a certificate", command_agent_add},
    {"agent renew", "issue another certificate; the one before ends", command_caller_renew},
    {"agent revoke", "let an agent in no longer", command_caller_revoke},
    {"agent list", "list the agents", command_agent_list},
    {"system add", "register a core system and issue a certificate", command_system_add},
    {"system renew", "issue another certificate; the one before ends", command_caller_renew},
    {"system revoke", "let a core system in no longer", command_caller_revoke},
    {"system list", "list the core systems", command_system_list},
    {"canary add", "make a member a canary: reading one raises an alarm", command_canary_add},
    {"canary remove", "make a canary a member like any other", command_canary_remove},
    {"canary list", "list the canaries and who read them", command_canary_list},
    {"campaign show", "count a year's life certificates by state", command_campaign_show},
    {"campaign unasked", "list who is silent and not proposed for a suspension, and why",
     command_campaign_unasked},
    {"bank export", "write the changes of account that took effect", command_bank_export},
    {"bank verify", "check a file that bank export wrote, with the public key alone",
     command_bank_verify},
    {"review list", "list what waits for a person", command_review_list},
    {"review claim", "take a task, or the next one that is free", command_review_claim},
    {"review release", "give a task back", command_review_release},
    {"review show", "print what there is to decide on, as JSON", command_review_show},
    {"review evidence", "save a document's clean copy", command_review_evidence},
    {"review decide", "vote: approve, refuse or more-needed", command_review_decide},
    {"receipt-key", "print the public key that signs receipts", command_receipt_key},
    {"db check", "open every record of the store", command_db_check},
    {"db stat", "count the rows of every table", command_db_stat},
    {"db copy", "copy the store beside a running hayatd, and open all of the copy",
     command_db_copy},
    {"db restore", "put a copy in the store's place, hayatd stopped", command_db_restore},
    {"retention show", "tell what is kept how long, and what has had its time",
     command_retention_show},
    {"retention run", "take what has had its time", command_retention_run},
    {"retention defaults", "print the periods we propose, as a file to import",
     command_retention_defaults},
    {"health", "ask a server whether it serves", command_health},
};
const size_t command_count = ARRAY_LEN(commands);

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("hayatctl: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

enum exit_code complain_status(const char *what, status s)
{
    complain("%s: %s (%s)", what, reason_text(s.why, LANGUAGE_EN), reason_name(s.why));
    return EXIT_FAILED;
}

void print_damaged(FILE *out, uint64_t damaged)
{
    if (damaged > 0) {
        (void)fprintf(out,
                      "%" PRIu64 " damaged records were passed over and stay: hayatctl db check\n",
                      damaged);
    }
}

static void print_help(FILE *out)
{
    (void)fputs("Usage: hayatctl COMMAND [OPTION...]\n\nThe operator's tool of Hayat.  Commands:\n",
                out);
    for (size_t i = 0; i < command_count; i++) {
        (void)fprintf(out, "  %-14s %s\n", commands[i].words, commands[i].summary);
    }
    (void)fputs("\nEach takes --help; hayatctl --version tells the version.  Exit codes: 0 all "
                "fine, 1 some input refused or something "
                "checked is wrong,\n"
                "2 wrong usage, 3 failed.\n",
                out);
}

/* How many of the arguments the command's words take; 0 when they are others. */
static int words_match(const struct command *command, int argc, const char **argv)
{
    const char *rest = command->words;
    for (int taken = 1; taken <= argc; taken++) {
        size_t len = strlen(argv[taken - 1]);
        if (strncmp(rest, argv[taken - 1], len) != 0) {
            return 0;
        }
        if (rest[len] == '\0') {
            return taken;
        }
        if (rest[len] != ' ') {
            return 0;
        }
        rest += len + 1;
    }
    return 0;
}

static enum exit_code run_command(const struct command *command, int argc, const char **argv)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "hayatctl %s", command->words);
    argv[0] = name;
    return command->run(argc, argv);
}

enum exit_code command_main(int argc, const char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_FINE;
    }
    for (size_t i = 0; i < command_count; i++) {
        int taken = words_match(&commands[i], argc - 1, argv + 1);
        if (taken > 0) {
            return run_command(&commands[i], argc - taken, argv + taken);
        }
    }
    complain("no command \"%s%s%s\"; see hayatctl --help", argv[1], argc > 2 ? " " : "",
             argc > 2 ? argv[2] : "");
    return EXIT_USAGE;
}

bool command_line_init(struct command_line *line, int argc, const char **argv,
                       const struct command_usage *usage)
{
    *line = (struct command_line){
        .context = poptGetContext("hayatctl", argc, argv, usage->options, 0),
    };
    poptSetOtherOptionHelp(line->context, usage->arguments);
    int result = poptGetNextOpt(line->context);
    if (result < -1) {
        complain("%s: %s", poptBadOption(line->context, POPT_BADOPTION_NOALIAS),
                 poptStrerror(result));
        return false;
    }
    const char *argument;
    while ((argument = poptGetArg(line->context)) != NULL) {
        if (line->count == usage->most || line->count == COMMAND_ARGUMENTS_MAX) {
            complain("%s is one argument too many; see %s --help", argument, argv[0]);
            return false;
        }
        line->arguments[line->count++] = argument;
    }
    if (line->count < usage->least) {
        complain("%s takes %s; see %s --help", argv[0], usage->arguments, argv[0]);
        return false;
    }
    return true;
}

void command_line_fini(struct command_line *line)
{
    if (line->context != NULL) {
        line->context = poptFreeContext(line->context);
    }
}
