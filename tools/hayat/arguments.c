#include "arguments.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"

enum { VALUE_HELP = 1, VALUE_OTHER = 2, WORDS_MAX = 3 };

/* Options a command may be given beside the common ones. */
enum {
    TAKES_DEVICE = 1,
    TAKES_FILING = 2,
    TAKES_KEY = 4,
    TAKES_OUT = 8,
    TAKES_OPERAND = 16,
    TAKES_PERSON = 32,
    TAKES_PERIOD = 64,
    TAKES_SIGNATURE = 128,
    TAKES_FILTER = 256,
    TAKES_BENEFICIARY = 512,
    TAKES_ACCESSES = 1024
};
/* ... of sessions. */
enum {
    TAKES_PASSPHRASE = 1 << 16,
    TAKES_ALL = 1 << 17,
    TAKES_YES = 1 << 18,
    TAKES_NEW_CODE_KEY = 1 << 19,
    TAKES_HOLDER = 1 << 20,
    TAKES_RECEIPT = 1 << 21,
    TAKES_PDF = 1 << 22,
    TAKES_WATCH = 1 << 23
};

static const struct {
    const char *first, *second; /* second is NULL for commands of one word */
    status (*run)(struct hayat *hayat);
    unsigned takes;
} commands[] = {
    {"sign-in", NULL, command_sign_in, TAKES_DEVICE | TAKES_PASSPHRASE},
    {"sign-out", NULL, command_sign_out, TAKES_ALL},
    {"devices", "revoke", command_devices_revoke, TAKES_OPERAND | TAKES_YES},
    {"devices", NULL, command_devices, 0},
    {"passphrase", "set", command_passphrase_set, TAKES_YES | TAKES_NEW_CODE_KEY},
    {"token", NULL, command_token, 0},
    {"enrol", "start", command_enrol_start, TAKES_DEVICE | TAKES_PERSON},
    {"enrol", "confirm", command_enrol_confirm, TAKES_DEVICE | TAKES_OPERAND},
    {"enrol", "resend", command_enrol_resend, TAKES_DEVICE},
    {"accesses", NULL, command_accesses, TAKES_ACCESSES | TAKES_KEY},
    {"inbox", "read", command_inbox_read, TAKES_OPERAND | TAKES_ALL},
    {"inbox", NULL, command_inbox, TAKES_ALL | TAKES_WATCH},
    {"preferences", "set", command_preferences_set, TAKES_OPERAND},
    {"preferences", NULL, command_preferences, 0},
    {"card", NULL, command_card, TAKES_OPERAND},
    {"home", NULL, command_home, 0},
    {"claims", NULL, command_claims, TAKES_FILTER | TAKES_BENEFICIARY},
    {"claim", NULL, command_claim, TAKES_OPERAND},
    {"authorizations", NULL, command_authorizations, TAKES_FILTER | TAKES_BENEFICIARY},
    {"authorization", NULL, command_authorization, TAKES_OPERAND},
    {"coverage", NULL, command_coverage, TAKES_OPERAND},
    {"certificate", "challenge", command_certificate_challenge, 0},
    {"certificate", "file", command_certificate_file, TAKES_FILING | TAKES_OUT},
    {"certificate", "status", command_certificate_status, 0},
    {"bank", "show", command_bank_show, 0},
    {"bank", "change", command_bank_change, TAKES_OPERAND | TAKES_HOLDER | TAKES_YES},
    {"bank", "confirm", command_bank_confirm, TAKES_OPERAND | TAKES_YES},
    {"bank", "cancel", command_bank_cancel, TAKES_OPERAND},
    {"bank", "refuse", command_bank_refuse, TAKES_OPERAND},
    {"receipt", "get", command_receipt_get, TAKES_OPERAND | TAKES_RECEIPT | TAKES_PDF},
    {"receipt", "verify", command_receipt_verify, TAKES_OPERAND | TAKES_KEY},
    {"receipt", "print", command_receipt_print, TAKES_OPERAND | TAKES_PDF},
    {"receipt", NULL, command_receipt_get, TAKES_OPERAND | TAKES_RECEIPT | TAKES_PDF},
    {"document", "get", command_document_get, TAKES_OPERAND | TAKES_OUT},
    {"export", NULL, command_export, TAKES_OUT},
    {"statement", "verify", command_statement_verify, TAKES_OPERAND | TAKES_KEY | TAKES_SIGNATURE},
    {"statement", NULL, command_statement,
     TAKES_PERIOD | TAKES_BENEFICIARY | TAKES_OUT | TAKES_KEY},
};

static unsigned given(const struct arguments *arguments)
{
    bool filing = arguments->form != NULL || arguments->identity != NULL ||
                  arguments->video != NULL || arguments->route != NULL ||
                  arguments->other_count > 0 || arguments->again != 0;
    bool person = arguments->registration != NULL || arguments->cine != NULL ||
                  arguments->birth != NULL || arguments->channel != NULL ||
                  arguments->algorithm != NULL;
    bool accesses = arguments->others_only != 0 || arguments->verify != 0;
    bool period = arguments->from != NULL || arguments->to != NULL || arguments->format != NULL;
    bool filter = arguments->states != NULL || arguments->care_from != NULL ||
                  arguments->care_to != NULL || arguments->paid_from != NULL ||
                  arguments->paid_to != NULL || arguments->updated_since != NULL ||
                  arguments->limit != 0;
    return (filter ? TAKES_FILTER : 0U) | (accesses ? TAKES_ACCESSES : 0U) |
           (arguments->beneficiary != NULL ? TAKES_BENEFICIARY : 0U) |
           (person ? TAKES_PERSON : 0U) | (period ? TAKES_PERIOD : 0U) |
           (arguments->signature != NULL ? TAKES_SIGNATURE : 0U) |
           (arguments->device != NULL ? TAKES_DEVICE : 0U) | (filing ? TAKES_FILING : 0U) |
           (arguments->key != NULL || arguments->key_hex != NULL ? TAKES_KEY : 0U) |
           (arguments->out != NULL ? TAKES_OUT : 0U) |
           (arguments->passphrase != 0 ? TAKES_PASSPHRASE : 0U) |
           (arguments->all != 0 ? TAKES_ALL : 0U) | (arguments->yes != 0 ? TAKES_YES : 0U) |
           (arguments->holder != NULL ? TAKES_HOLDER : 0U) |
           (arguments->decision != 0 ? TAKES_RECEIPT : 0U) |
           (arguments->pdf != NULL ? TAKES_PDF : 0U) | (arguments->watch != 0 ? TAKES_WATCH : 0U) |
           (arguments->new_code_key != 0 ? TAKES_NEW_CODE_KEY : 0U) |
           (arguments->operand != NULL ? TAKES_OPERAND : 0U);
}

static enum arguments_result wrong(const char *what, const char *detail)
{
    (void)fprintf(stderr, "hayat: %s%s%s\n", what, detail[0] == '\0' ? "" : ": ", detail);
    return ARGUMENTS_WRONG;
}

static enum arguments_result find(const char **words, int count, struct arguments *arguments,
                                  status (**ret_command)(struct hayat *hayat))
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        int needed = commands[i].second == NULL ? 1 : 2;
        if (count < needed || strcmp(words[0], commands[i].first) != 0 ||
            (needed == 2 && strcmp(words[1], commands[i].second) != 0)) {
            continue;
        }
        arguments->operand = count > needed ? strdup(words[needed]) : NULL;
        if (count > needed + 1 || (given(arguments) & ~commands[i].takes) != 0) {
            return wrong("this command does not take that",
                         count > needed + 1 ? words[needed + 1] : "");
        }
        *ret_command = commands[i].run;
        return ARGUMENTS_RUN;
    }
    return wrong(count == 0 ? "which command?" : "unknown command", count == 0 ? "" : words[0]);
}

/* Handles the options that popt does not store by itself; 0 when all went well. */
static enum arguments_result options(poptContext context, struct arguments *arguments)
{
    int value;
    while ((value = poptGetNextOpt(context)) > 0) {
        if (value == VALUE_HELP) {
            return ARGUMENTS_HELP;
        }
        if (arguments->other_count == LIMIT_DOCUMENTS_PER_CERTIFICATE) {
            return wrong("too many documents", "--other");
        }
        arguments->others[arguments->other_count++] = poptGetOptArg(context);
    }
    return value == -1 ? ARGUMENTS_RUN : wrong(poptStrerror(value), poptBadOption(context, 0));
}

static enum arguments_result command(poptContext context, struct arguments *arguments,
                                     status (**ret_command)(struct hayat *hayat))
{
    if (arguments->give_up_seconds < 0) {
        return wrong("must be above 0", "--give-up-after");
    }
    const char *words[WORDS_MAX + 1];
    int count = 0;
    while (count <= WORDS_MAX && (words[count] = poptGetArg(context)) != NULL) {
        count++;
    }
    return find(words, count, arguments, ret_command);
}

static void free_context(poptContext *context)
{
    *context = poptFreeContext(*context);
}

enum arguments_result arguments_parse(int argc, const char **argv, struct arguments *ret,
                                      status (**ret_command)(struct hayat *hayat))
{
    struct arguments *a = ret;
    *a = (struct arguments){0};
    const struct poptOption table[] = {
        {"device", 0, POPT_ARG_STRING, &a->device, 0, NULL, NULL},
        {"server", 0, POPT_ARG_STRING, &a->server, 0, NULL, NULL},
        {"ca", 0, POPT_ARG_STRING, &a->ca, 0, NULL, NULL},
        {"lang", 0, POPT_ARG_STRING, &a->language, 0, NULL, NULL},
        {"form", 0, POPT_ARG_STRING, &a->form, 0, NULL, NULL},
        {"identity", 0, POPT_ARG_STRING, &a->identity, 0, NULL, NULL},
        {"video", 0, POPT_ARG_STRING, &a->video, 0, NULL, NULL},
        {"other", 0, POPT_ARG_STRING, NULL, VALUE_OTHER, NULL, NULL},
        {"route", 0, POPT_ARG_STRING, &a->route, 0, NULL, NULL},
        {"out", 'o', POPT_ARG_STRING, &a->out, 0, NULL, NULL},
        {"from", 0, POPT_ARG_STRING, &a->from, 0, NULL, NULL},
        {"to", 0, POPT_ARG_STRING, &a->to, 0, NULL, NULL},
        {"beneficiary", 0, POPT_ARG_STRING, &a->beneficiary, 0, NULL, NULL},
        {"format", 0, POPT_ARG_STRING, &a->format, 0, NULL, NULL},
        {"signature", 0, POPT_ARG_STRING, &a->signature, 0, NULL, NULL},
        {"key", 0, POPT_ARG_STRING, &a->key, 0, NULL, NULL},
        {"key-hex", 0, POPT_ARG_STRING, &a->key_hex, 0, NULL, NULL},
        {"holder", 0, POPT_ARG_STRING, &a->holder, 0, NULL, NULL},
        {"decision", 0, POPT_ARG_NONE, &a->decision, 0, NULL, NULL},
        {"pdf", 0, POPT_ARG_STRING, &a->pdf, 0, NULL, NULL},
        {"registration", 0, POPT_ARG_STRING, &a->registration, 0, NULL, NULL},
        {"cine", 0, POPT_ARG_STRING, &a->cine, 0, NULL, NULL},
        {"birth", 0, POPT_ARG_STRING, &a->birth, 0, NULL, NULL},
        {"channel", 0, POPT_ARG_STRING, &a->channel, 0, NULL, NULL},
        {"algorithm", 0, POPT_ARG_STRING, &a->algorithm, 0, NULL, NULL},
        {"others", 0, POPT_ARG_NONE, &a->others_only, 0, NULL, NULL},
        {"verify", 0, POPT_ARG_NONE, &a->verify, 0, NULL, NULL},
        {"status", 0, POPT_ARG_STRING, &a->states, 0, NULL, NULL},
        {"care-from", 0, POPT_ARG_STRING, &a->care_from, 0, NULL, NULL},
        {"care-to", 0, POPT_ARG_STRING, &a->care_to, 0, NULL, NULL},
        {"paid-from", 0, POPT_ARG_STRING, &a->paid_from, 0, NULL, NULL},
        {"paid-to", 0, POPT_ARG_STRING, &a->paid_to, 0, NULL, NULL},
        {"updated-since", 0, POPT_ARG_STRING, &a->updated_since, 0, NULL, NULL},
        {"limit", 0, POPT_ARG_INT, &a->limit, 0, NULL, NULL},
        {"json", 0, POPT_ARG_NONE, &a->json, 0, NULL, NULL},
        {"passphrase", 0, POPT_ARG_NONE, &a->passphrase, 0, NULL, NULL},
        {"all", 0, POPT_ARG_NONE, &a->all, 0, NULL, NULL},
        {"again", 0, POPT_ARG_NONE, &a->again, 0, NULL, NULL},
        {"watch", 0, POPT_ARG_NONE, &a->watch, 0, NULL, NULL},
        {"yes", 0, POPT_ARG_NONE, &a->yes, 0, NULL, NULL},
        {"new-code-key", 0, POPT_ARG_NONE, &a->new_code_key, 0, NULL, NULL},
        {"give-up-after", 0, POPT_ARG_INT, &a->give_up_seconds, 0, NULL, NULL},
        {"help", 'h', POPT_ARG_NONE, NULL, VALUE_HELP, NULL, NULL},
        POPT_TABLEEND,
    };
    DEFER(free_context) poptContext context = poptGetContext("hayat", argc, argv, table, 0);
    enum arguments_result result = options(context, a);
    return result == ARGUMENTS_RUN ? command(context, a, ret_command) : result;
}

void arguments_fini(struct arguments *arguments)
{
    char *const texts[] = {
        arguments->device,      arguments->server,    arguments->ca,      arguments->language,
        arguments->form,        arguments->identity,  arguments->route,   arguments->out,
        arguments->key,         arguments->key_hex,   arguments->operand, arguments->registration,
        arguments->holder,      arguments->cine,      arguments->birth,   arguments->channel,
        arguments->algorithm,   arguments->from,      arguments->to,      arguments->format,
        arguments->beneficiary, arguments->signature, arguments->states,  arguments->care_from,
        arguments->care_to,     arguments->paid_from, arguments->paid_to, arguments->updated_since,
        arguments->pdf,         arguments->video};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        free(texts[i]);
    }
    for (int i = 0; i < arguments->other_count; i++) {
        free(arguments->others[i]);
    }
    *arguments = (struct arguments){0};
}
