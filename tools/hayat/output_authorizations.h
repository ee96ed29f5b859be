/* output_authorizations: prior authorisations on standard output, as output.h says. */
#ifndef HAYAT_CLI_OUTPUT_AUTHORIZATIONS_H
#define HAYAT_CLI_OUTPUT_AUTHORIZATIONS_H

#include "hayat.h"
#include "hayat/v1/prior_authorization.pb-c.h"

status output_authorizations(struct hayat *hayat,
                             const Hayat__V1__ListPriorAuthorizationsResponse *list);
status output_authorization(struct hayat *hayat,
                            const Hayat__V1__PriorAuthorization *authorization);

#endif
