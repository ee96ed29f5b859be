/* hayatctl canary: members whom no agent has a reason to read (SEC-A7), on the running server or in the stopped store. */
#include <stdio.h>

#include "base/defer.h"
#include "service/canary.h"
#include "storage/audit_store.h"
#include "tools/hayatctl/registrar.h"

#define METHOD(name) "/hayat.backoffice.v1.CanaryService/" name

/* --- in the store --- */

struct change {
    const char *event, *registration_number;
    status (*run)(struct txn *txn, const char *registration_number);
};

static status change_in_store(void *ctx, struct txn *txn)
{
    const struct change *change = ctx;
    TRY(change->run(txn, change->registration_number));
    return audit_append(
        txn, &(struct audit_event){.event = change->event, .actor_kind = AUDIT_ACTOR_OPERATOR});
}

static void print_canary(const Hayat__Backoffice__V1__Canary *canary)
{
    (void)printf("%s  read %lld times%s%s\n", canary->registration_number,
                 (long long)canary->read_count, canary->read_count > 0 ? ", last by " : "",
                 canary->last_caller_id);
}

static bool print_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    Hayat__Backoffice__V1__Canary *message;
    (void)key;
    if (ok(canary_message(ctx, (const Hayat__Store__V1__StoredCanary *)record, &message))) {
        print_canary(message);
    }
    return true;
}

static status list_in_store(struct registrar *registrar)
{
    struct txn *txn;
    TRY(txn_begin_read(registrar->store.db, &registrar->arena, &txn));
    status s = canary_store_list(txn, print_row, &registrar->arena);
    txn_end_read(txn);
    return s;
}

/* --- by the server --- */

static status add_by_server(struct registrar *registrar, const char *registration_number)
{
    Hayat__Backoffice__V1__AddCanaryRequest request;
    hayat__backoffice__v1__add_canary_request__init(&request);
    request.registration_number = arena_str(&registrar->arena, bytes_str(registration_number));
    ProtobufCMessage *response;
    return registrar_call(registrar, METHOD("AddCanary"), &request.base,
                          &hayat__backoffice__v1__add_canary_response__descriptor, &response);
}

static status remove_by_server(struct registrar *registrar, const char *registration_number)
{
    Hayat__Backoffice__V1__RemoveCanaryRequest request;
    hayat__backoffice__v1__remove_canary_request__init(&request);
    request.registration_number = arena_str(&registrar->arena, bytes_str(registration_number));
    ProtobufCMessage *response;
    return registrar_call(registrar, METHOD("RemoveCanary"), &request.base,
                          &hayat__backoffice__v1__remove_canary_response__descriptor, &response);
}

static status list_by_server(struct registrar *registrar)
{
    Hayat__Backoffice__V1__ListCanariesRequest request;
    hayat__backoffice__v1__list_canaries_request__init(&request);
    ProtobufCMessage *message;
    TRY(registrar_call(registrar, METHOD("ListCanaries"), &request.base,
                       &hayat__backoffice__v1__list_canaries_response__descriptor, &message));
    const Hayat__Backoffice__V1__ListCanariesResponse *response = (void *)message;
    for (size_t i = 0; i < response->n_canaries; i++) {
        print_canary(response->canaries[i]);
    }
    return STATUS_OK;
}

/* --- the commands --- */

enum act { ADD, REMOVE, LIST };

static status add_one(struct registrar *registrar, const char *registration_number)
{
    struct change change = {"hayatctl/AddCanary", registration_number, canary_add};
    return registrar->channel != NULL
               ? add_by_server(registrar, registration_number)
               : writer_run(registrar->store.writer, &registrar->arena, change_in_store, &change);
}

static status remove_one(struct registrar *registrar, const char *registration_number)
{
    struct change change = {"hayatctl/RemoveCanary", registration_number, canary_remove};
    return registrar->channel != NULL
               ? remove_by_server(registrar, registration_number)
               : writer_run(registrar->store.writer, &registrar->arena, change_in_store, &change);
}

static status run_act(struct registrar *registrar, enum act act, const char *registration_number)
{
    switch (act) {
    case ADD:
        return add_one(registrar, registration_number);
    case REMOVE:
        return remove_one(registrar, registration_number);
    case LIST:
        break;
    }
    return registrar->channel != NULL ? list_by_server(registrar) : list_in_store(registrar);
}

static enum exit_code run(int argc, const char **argv, enum act act)
{
    DEFER(registrar_options_fini) struct registrar_options where = {.server = NULL};
    const struct poptOption options[] = {REGISTRAR_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    const struct command_usage one = {options, "REGISTRATION", 1, 1}, none = {options, "", 0, 0};
    DEFER(command_line_fini) struct command_line line;
    struct registrar registrar;
    if (!command_line_init(&line, argc, argv, act == LIST ? &none : &one)) {
        return EXIT_USAGE;
    }
    if (!registrar_open(&where, act == LIST, &registrar)) {
        return EXIT_FAILED;
    }
    const char *registration_number = act == LIST ? "the canaries" : line.arguments[0];
    status s = run_act(&registrar, act, registration_number);
    registrar_close(&registrar);
    return ok(s) ? EXIT_FINE : complain_status(registration_number, s);
}

enum exit_code command_canary_add(int argc, const char **argv)
{
    return run(argc, argv, ADD);
}

enum exit_code command_canary_remove(int argc, const char **argv)
{
    return run(argc, argv, REMOVE);
}

enum exit_code command_canary_list(int argc, const char **argv)
{
    return run(argc, argv, LIST);
}
