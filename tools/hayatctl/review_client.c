#include "tools/hayatctl/review_client.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum { WORD_MAX = 64 };

bool review_client_open(const struct registrar_options *options, struct registrar *ret_client)
{
    if (options->server == NULL) {
        complain("--server, --ca, --cert and --key are needed: tasks are decided on the running "
                 "server");
        return false;
    }
    return registrar_open(options, true, ret_client);
}

status review_client_claim(struct registrar *client, const char *task_id,
                           Hayat__Backoffice__V1__Task **ret_task)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request;
    hayat__backoffice__v1__claim_task_request__init(&request);
    request.task_id = arena_str(&client->arena, bytes_str(task_id));
    ProtobufCMessage *message;
    TRY(registrar_call(client, REVIEW_METHOD("ClaimTask"), &request.base,
                       &hayat__backoffice__v1__claim_task_response__descriptor, &message));
    *ret_task = ((Hayat__Backoffice__V1__ClaimTaskResponse *)message)->task;
    return *ret_task == NULL ? FAIL(MALFORMED_REQUEST) : STATUS_OK;
}

status review_client_list(struct registrar *client,
                          const Hayat__Backoffice__V1__ListTasksRequest *request,
                          Hayat__Backoffice__V1__ListTasksResponse **ret_page)
{
    ProtobufCMessage *message;
    TRY(registrar_call(client, REVIEW_METHOD("ListTasks"), &request->base,
                       &hayat__backoffice__v1__list_tasks_response__descriptor, &message));
    *ret_page = (Hayat__Backoffice__V1__ListTasksResponse *)message;
    return STATUS_OK;
}

/* --- words --- */

static const char *word_of(const ProtobufCEnumDescriptor *words, int value, size_t prefix_len)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(words, value);
    return found == NULL || strlen(found->name) < prefix_len ? "?" : found->name + prefix_len;
}

void review_client_print(const Hayat__Backoffice__V1__Task *task)
{
    char due[32] = "";
    struct tm civil;
    time_t seconds = task->due_time == NULL ? 0 : (time_t)task->due_time->seconds;
    if (gmtime_r(&seconds, &civil) != NULL) {
        (void)strftime(due, sizeof due, "%Y-%m-%dT%H:%MZ", &civil);
    }
    (void)printf("%s  %-16s due %s  %s  votes %d of %d\n", task->task_id,
                 word_of(&hayat__backoffice__v1__task_kind__descriptor, (int)task->kind,
                         sizeof "TASK_KIND_" - 1),
                 due,
                 word_of(&hayat__backoffice__v1__task_claim__descriptor, (int)task->claim,
                         sizeof "TASK_CLAIM_" - 1),
                 task->vote_count, task->persons_needed);
}

int review_client_word(const ProtobufCEnumDescriptor *words, const char *prefix, const char *word)
{
    char name[2 * WORD_MAX];
    int len = snprintf(name, sizeof name, "%s%s", prefix, word);
    if (len <= 0 || (size_t)len >= sizeof name) {
        return -1;
    }
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : *c;
    }
    for (unsigned i = 0; i < words->n_values; i++) {
        if (strcasecmp(words->values[i].name, name) == 0) {
            return words->values[i].value;
        }
    }
    return -1;
}
