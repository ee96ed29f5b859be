/*
 * review_client: what the commands `hayatctl review …` share: a channel to the running server as the reviewer whose certificate --cert and
 * --key name, and ReviewService's calls.
 *
 * Memory   answers live until review_client_close.
 * What fails is told on standard error.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_REVIEW_CLIENT_H
#define HAYAT_TOOLS_HAYATCTL_REVIEW_CLIENT_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "tools/hayatctl/registrar.h"

#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name

/* The rows of the server's options for a command's popt table. */
#define REVIEW_OPTION_ROWS(o)                                                                      \
    {"server", 0, POPT_ARG_STRING, &(o).server, 0, "the running server's agents_listen", "ADDR"},  \
        {"ca", 0, POPT_ARG_STRING, &(o).ca, 0, "the server's CA", "FILE"},                         \
        {"cert", 0, POPT_ARG_STRING, &(o).cert, 0, "the reviewer's certificate", "FILE"},          \
    {                                                                                              \
        "key", 0, POPT_ARG_STRING, &(o).key, 0, "the reviewer's key", "FILE"                       \
    }

bool review_client_open(const struct registrar_options *options, struct registrar *ret_client);

/* The task, or with "" the next one, the caller's for 30 minutes from now. */
status review_client_claim(struct registrar *client, const char *task_id,
                           Hayat__Backoffice__V1__Task **ret_task);
/* A page of the open tasks; REQUEST says which. */
status review_client_list(struct registrar *client,
                          const Hayat__Backoffice__V1__ListTasksRequest *request,
                          Hayat__Backoffice__V1__ListTasksResponse **ret_page);
/* One line. */
void review_client_print(const Hayat__Backoffice__V1__Task *task);

/* The value of that name, without the enum's prefix, in either case, "-" for "_"; -1 for none. */
int review_client_word(const ProtobufCEnumDescriptor *words, const char *prefix, const char *word);

#endif
