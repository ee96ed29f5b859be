/*
 * certificate_decision_message: the fund's word on a certificate, as the API shows it.
 *
 * Memory  everything lives in rpc->arena.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_DECISION_MESSAGE_H
#define HAYAT_SERVICE_CERTIFICATE_DECISION_MESSAGE_H

#include "hayat/store/v1/campaign.pb-c.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "service/rpc.h"

/* The reason in words (findings.def); "" for one of a newer server. */
const char *finding_text(uint32_t reason, enum language language);
status certificate_finding_message(struct rpc *rpc, const Hayat__Store__V1__StoredFinding *finding,
                                   Hayat__V1__Finding **ret_message);
status certificate_decision_message(struct rpc *rpc,
                                    const Hayat__Store__V1__StoredCertificateDecision *decision,
                                    Hayat__V1__CertificateDecision **ret_message);

#endif
