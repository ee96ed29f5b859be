/* AgencyService.RegisterPaperFiling: a life certificate on paper, filed for the member by the rules of LifeCertificateService. */
#include "gen/handlers.h"
#include "service/agency.h"
#include "service/app.h"
#include "service/certificate_receipt.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation.h"

typedef Hayat__Backoffice__V1__RegisterPaperFilingRequest Request;
typedef Hayat__Backoffice__V1__RegisterPaperFilingResponse Response;

/* RULE LC-2: "filing late reinstates": what was refused this year, however often, closes the app's way and not the counter's. */
static status may_file(struct rpc *rpc, const Request *request, const struct obligation *obligation)
{
    if (!route_on_paper(request->route)) {
        rpc_violation(rpc, "route", "must be a route of proof");
        return FAIL(INVALID_FIELD);
    }
    if (!campaign_takes_filings(&obligation->campaign, obligation->today)) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    return obligation->certificates.count >= LIMIT_CERTIFICATES_AT_COUNTER ? FAIL(CERTIFICATE_LIMIT)
                                                                           : STATUS_OK;
}

/* Whoever hears why not has heard of the member: that is audited and counts, as finding them does (SEC-A7). */
static status check(struct rpc *rpc, const Request *request, struct owner owner,
                    struct obligation *ret_obligation)
{
    status s = obligation_load_of(rpc, owner, ret_obligation);
    if (ok(s)) {
        s = may_file(rpc, request, ret_obligation);
    }
    rpc->keep_writes = !ok(s);
    return s;
}

static status file_it(struct rpc *rpc, struct owner owner, const struct receipt_about *about,
                      Response *response)
{
    const Hayat__Store__V1__StoredLifeCertificate *certificate = about->certificate;
    const struct receipt_issuer issuer = receipt_issuer_of(rpc->app);
    TRY(certificate_receipt_issue(rpc->txn, &issuer, about, &response->receipt));
    TRY(certificate_submitted(rpc->txn, owner, about->certificate));
    response->life_certificate_id = message_id(rpc->arena, "lc", certificate->life_certificate_id);
    response->year = certificate->year;
    response->in_time = certificate->in_time;
    return arena_check(rpc->arena);
}

status agency_register_paper_filing(struct rpc *rpc, const Request *request, Response *response)
{
    struct agency_member found;
    struct obligation obligation;
    TRY(agency_open(rpc, request->member, request->access, &found));
    TRY(check(rpc, request, found.owner, &obligation));
    struct id id = id_new(rpc->app->random), agent = rpc->principal->agent;
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    const struct certificate_documents none = {.count = 0};
    certificate.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    certificate.year = obligation.campaign.year;
    certificate.route = (uint32_t)request->route;
    certificate.create_ms = certificate.submit_ms = rpc->now_ms;
    certificate.in_time = campaign_in_time(&obligation.campaign, obligation.today);
    certificate.on_paper = true;
    certificate.sheet_count = (uint32_t)request->sheet_count;
    certificate.paper_reference = request->reference;
    certificate.registered_by = (ProtobufCBinaryData){ID_BYTES, agent.bytes};
    rpc_audit_object(rpc, "lc", id);
    const struct receipt_about about = {&certificate, obligation.pension, &obligation.campaign,
                                        &none};
    return file_it(rpc, found.owner, &about, response);
}
