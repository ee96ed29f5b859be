/* registrar_store: registrar.h in the store itself; for registrar.c. */
#ifndef HAYAT_TOOLS_HAYATCTL_REGISTRAR_STORE_H
#define HAYAT_TOOLS_HAYATCTL_REGISTRAR_STORE_H

#include "tools/hayatctl/registrar.h"

status registrar_store_add(struct registrar *registrar,
                           const Hayat__Backoffice__V1__AddCallerRequest *request,
                           char ret_id[ID_TEXT_MAX]);
status registrar_store_renew(struct registrar *registrar, const char *caller_id, bytes certificate);
status registrar_store_revoke(struct registrar *registrar, const char *caller_id);
status registrar_store_list(struct registrar *registrar, registrar_visit *visit, void *ctx);

#endif
