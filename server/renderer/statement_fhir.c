#include "renderer/statement_fhir.h"

#include <jansson.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"
#include "renderer/fhir.h"

#define HL7 "http://terminology.hl7.org/CodeSystem/"
#define CARIN "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
#define OURS "urn:x-hayat:"

enum { PAYEE_PROVIDER = 2, RELATIONSHIP_SPOUSE = 2, RELATIONSHIP_CHILD = 3, TEAM_MAX = 128 };

/* --- people, the fund, their coverage --- */

static json_t *name_json(struct fhir *fhir, const char *given, const char *family,
                         const char *language)
{
    json_t *name = fhir_object(fhir), *extension = fhir_object(fhir), *givens = fhir_array(fhir);
    fhir_text(fhir, extension, "url", "http://hl7.org/fhir/StructureDefinition/language");
    fhir_text(fhir, extension, "valueCode", language);
    fhir_put(fhir, name, "extension", fhir_list(fhir, extension));
    fhir_text(fhir, name, "use", "official");
    fhir_text(fhir, name, "family", family);
    if (given[0] != '\0') {
        fhir_add(fhir, givens, fhir_string(fhir, given));
        fhir_put(fhir, name, "given", givens);
    } else {
        json_decref(givens);
    }
    return name;
}

static json_t *patient(struct fhir *fhir, const Hayat__Paper__V1__Person *who)
{
    json_t *patient = fhir_resource(fhir, "Patient"), *names = fhir_array(fhir);
    fhir_put(fhir, patient, "identifier",
             fhir_list(fhir, fhir_identifier(fhir, OURS "beneficiary", who->beneficiary_id)));
    if (who->given_name[0] != '\0' || who->family_name[0] != '\0') {
        fhir_add(fhir, names, name_json(fhir, who->given_name, who->family_name, "fr"));
    }
    if (who->given_name_ar[0] != '\0' || who->family_name_ar[0] != '\0') {
        fhir_add(fhir, names, name_json(fhir, who->given_name_ar, who->family_name_ar, "ar"));
    }
    fhir_put(fhir, patient, "name", names);
    fhir_date(fhir, patient, "birthDate", who->birth_days);
    return patient;
}

static json_t *organization(struct fhir *fhir, const Hayat__Paper__V1__Fund *fund)
{
    json_t *organization = fhir_resource(fhir, "Organization"), *telecom = fhir_object(fhir);
    fhir_put(fhir, organization, "type",
             fhir_list(fhir, fhir_concept(fhir, HL7 "organization-type", "pay")));
    fhir_text(fhir, organization, "name", fund->name_fr);
    fhir_put(fhir, organization, "alias", fhir_list(fhir, fhir_string(fhir, fund->name_ar)));
    if (fund->phone[0] != '\0') {
        fhir_text(fhir, telecom, "system", "phone");
        fhir_text(fhir, telecom, "value", fund->phone);
        fhir_put(fhir, organization, "telecom", fhir_list(fhir, telecom));
    } else {
        json_decref(telecom);
    }
    return organization;
}

static const char *relationship(const Hayat__Paper__V1__Person *who)
{
    if (who->beneficiary_seq == 0) {
        return "self";
    }
    return who->relationship == RELATIONSHIP_SPOUSE  ? "spouse"
           : who->relationship == RELATIONSHIP_CHILD ? "child"
                                                     : "other";
}

static json_t *coverage(struct fhir *fhir, const Hayat__Paper__V1__Statement *statement,
                        const Hayat__Paper__V1__Person *who)
{
    json_t *coverage = fhir_resource(fhir, "Coverage");
    fhir_text(fhir, coverage, "status", "active");
    fhir_put(fhir, coverage, "subscriber",
             fhir_reference(fhir, statement->persons[0]->beneficiary_id, FHIR_PATIENT));
    fhir_text(fhir, coverage, "subscriberId", statement->registration_number);
    fhir_put(fhir, coverage, "beneficiary",
             fhir_reference(fhir, who->beneficiary_id, FHIR_PATIENT));
    fhir_put(fhir, coverage, "relationship",
             fhir_concept(fhir, HL7 "subscriber-relationship", relationship(who)));
    fhir_put(fhir, coverage, "payor",
             fhir_list(fhir, fhir_reference(fhir, statement->document_id, FHIR_ORGANIZATION)));
    return coverage;
}

/* --- who gave the care --- */

struct team {
    const char *inpe[TEAM_MAX];
    size_t count;
};

/* Their number in the claim's team, from 1; 0 for nobody and for those past the last place. */
static size_t team_place(struct team *team, const char *inpe)
{
    if (inpe[0] == '\0') {
        return 0;
    }
    for (size_t i = 0; i < team->count; i++) {
        if (strcmp(team->inpe[i], inpe) == 0) {
            return i + 1;
        }
    }
    if (team->count == TEAM_MAX) {
        return 0;
    }
    team->inpe[team->count++] = inpe;
    return team->count;
}

static json_t *provider(struct fhir *fhir, const char *inpe)
{
    json_t *reference = fhir_object(fhir);
    if (inpe[0] != '\0') {
        fhir_put(fhir, reference, "identifier", fhir_identifier(fhir, OURS "inpe", inpe));
    } else {
        fhir_text(fhir, reference, "display", "not recorded");
    }
    return reference;
}

static void add_team(struct fhir *fhir, json_t *eob, const struct team *team,
                     const char *prescriber)
{
    json_t *list = fhir_array(fhir);
    for (size_t i = 0; i < team->count; i++) {
        json_t *member = fhir_object(fhir);
        const bool prescribes = strcmp(team->inpe[i], prescriber) == 0;
        fhir_number(fhir, member, "sequence", (int64_t)i + 1);
        fhir_put(fhir, member, "provider", provider(fhir, team->inpe[i]));
        fhir_put(fhir, member, "role",
                 fhir_concept(fhir, CARIN "C4BBClaimCareTeamRole",
                              prescribes ? "prescribing" : "performing"));
        fhir_add(fhir, list, member);
    }
    if (team->count > 0) {
        fhir_put(fhir, eob, "careTeam", list);
    } else {
        json_decref(list);
    }
}

/* --- a line --- */

static json_t *amount(struct fhir *fhir, const char *system, const char *category, int64_t centimes)
{
    json_t *adjudication = fhir_object(fhir);
    fhir_put(fhir, adjudication, "category", fhir_concept(fhir, system, category));
    fhir_put(fhir, adjudication, "amount", fhir_money(fhir, centimes));
    return adjudication;
}

/* The parts that add up: submitted = benefit + coinsurance + overrun + noncovered. */
static void add_split(struct fhir *fhir, json_t *list, const Hayat__Store__V1__StoredSplit *amounts)
{
    fhir_add(fhir, list, amount(fhir, HL7 "adjudication", "submitted", amounts->billed_centimes));
    fhir_add(fhir, list, amount(fhir, HL7 "adjudication", "benefit", amounts->reimbursed_centimes));
    fhir_add(
        fhir, list,
        amount(fhir, CARIN "C4BBAdjudication", "coinsurance", amounts->ticket_moderateur_centimes));
    fhir_add(fhir, list, amount(fhir, OURS "adjudication", "overrun", amounts->overrun_centimes));
    fhir_add(fhir, list,
             amount(fhir, CARIN "C4BBAdjudication", "noncovered", amounts->non_covered_centimes));
}

static json_t *rate(struct fhir *fhir, const Hayat__Store__V1__StoredClaimLine *line)
{
    json_t *adjudication = fhir_object(fhir);
    fhir_put(fhir, adjudication, "category", fhir_concept(fhir, HL7 "adjudication", "eligpercent"));
    if (line->exemption_code[0] != '\0') {
        fhir_put(fhir, adjudication, "reason",
                 fhir_concept(fhir, OURS "exemption", line->exemption_code));
    }
    fhir_put(fhir, adjudication, "value", fhir_decimal(fhir, line->rate_basis_points));
    return adjudication;
}

static json_t *denial(struct fhir *fhir, const Hayat__Store__V1__StoredRejection *rejection)
{
    json_t *adjudication = fhir_object(fhir);
    fhir_put(fhir, adjudication, "category",
             fhir_concept(fhir, CARIN "C4BBAdjudicationDiscriminator", "denialreason"));
    fhir_put(fhir, adjudication, "reason",
             fhir_concept(fhir, OURS "rejection", rejection->reason_code));
    return adjudication;
}

static json_t *line_amounts(struct fhir *fhir, const Hayat__Store__V1__StoredClaimLine *line)
{
    json_t *list = fhir_array(fhir);
    add_split(fhir, list, line->split);
    fhir_add(fhir, list, amount(fhir, HL7 "adjudication", "eligible", line->base_centimes));
    fhir_add(fhir, list, rate(fhir, line));
    for (size_t i = 0; i < line->n_rejections; i++) {
        fhir_add(fhir, list, denial(fhir, line->rejections[i]));
    }
    return list;
}

static json_t *product(struct fhir *fhir, const Hayat__Store__V1__StoredClaimLine *line)
{
    const bool act = line->act_code[0] != '\0';
    const char *code = act ? line->act_code : line->medicine_code;
    if (code[0] == '\0') {
        return fhir_concept(fhir, HL7 "data-absent-reason", "unknown");
    }
    json_t *coding = fhir_coding(fhir, act ? OURS "act" : OURS "medicine", code);
    if (line->tariff_version[0] != '\0') {
        fhir_text(fhir, coding, "version", line->tariff_version);
    }
    json_t *concept = fhir_object(fhir);
    fhir_put(fhir, concept, "coding", fhir_list(fhir, coding));
    return concept;
}

/* The letter key and its coefficient: "Z×20.500". */
static json_t *modifier(struct fhir *fhir, const Hayat__Store__V1__StoredClaimLine *line)
{
    char text[96];
    const int64_t thousandths = line->coefficient_thousandths;
    json_t *concept = fhir_concept(fhir, OURS "letter-key", line->letter_key);
    (void)snprintf(text, sizeof text, "%s×%lld.%03lld", line->letter_key,
                   (long long)(thousandths / 1000), (long long)(thousandths % 1000));
    fhir_text(fhir, concept, "text", text);
    return concept;
}

static json_t *item(struct fhir *fhir, const Hayat__Store__V1__StoredClaimLine *line,
                    struct team *team)
{
    json_t *item = fhir_object(fhir), *quantity = fhir_object(fhir);
    const size_t place = team_place(team, line->executor_inpe);
    fhir_number(fhir, item, "sequence", line->line_number);
    if (place > 0) {
        fhir_put(fhir, item, "careTeamSequence", fhir_list(fhir, json_integer((json_int_t)place)));
    }
    fhir_put(fhir, item, "productOrService", product(fhir, line));
    if (line->letter_key[0] != '\0') {
        fhir_put(fhir, item, "modifier", fhir_list(fhir, modifier(fhir, line)));
    }
    fhir_date(fhir, item, "servicedDate", line->care_days);
    fhir_number(fhir, quantity, "value", line->quantity);
    fhir_put(fhir, item, "quantity", quantity);
    fhir_put(fhir, item, "net", fhir_money(fhir, line->split->billed_centimes));
    if (line->tooth[0] != '\0') {
        fhir_put(fhir, item, "bodySite", fhir_concept(fhir, OURS "tooth", line->tooth));
    }
    if (line->surface[0] != '\0') {
        fhir_put(fhir, item, "subSite",
                 fhir_list(fhir, fhir_concept(fhir, OURS "tooth-surface", line->surface)));
    }
    fhir_put(fhir, item, "adjudication", line_amounts(fhir, line));
    return item;
}

/* --- a claim --- */

static const char *kind_of(const Hayat__Store__V1__StoredClaim *claim)
{
    const Hayat__Store__V1__StoredClaimLine *line = claim->n_lines > 0 ? claim->lines[0] : NULL;
    if (line == NULL) {
        return "professional";
    }
    return line->tooth[0] != '\0'           ? "oral"
           : line->medicine_code[0] != '\0' ? "pharmacy"
                                            : "professional";
}

static json_t *identifiers(struct fhir *fhir, const Hayat__Paper__V1__StatementClaim *listed)
{
    json_t *unique = fhir_identifier(fhir, OURS "claim", listed->claim_id);
    fhir_put(fhir, unique, "type", fhir_concept(fhir, CARIN "C4BBIdentifierType", "uc"));
    json_t *list = fhir_list(fhir, unique);
    fhir_add(fhir, list, fhir_identifier(fhir, OURS "file-number", listed->claim->file_number));
    return list;
}

static json_t *period(struct fhir *fhir, int64_t from_days, int64_t to_days)
{
    json_t *period = fhir_object(fhir);
    fhir_date(fhir, period, "start", from_days);
    fhir_date(fhir, period, "end", to_days);
    return period;
}

static json_t *totals(struct fhir *fhir, const Hayat__Store__V1__StoredClaim *claim)
{
    const Hayat__Store__V1__StoredSplit *amounts = claim->totals;
    json_t *list = fhir_array(fhir);
    add_split(fhir, list, amounts);
    fhir_add(fhir, list,
             amount(fhir, CARIN "C4BBAdjudication", "memberliability",
                    amounts->billed_centimes - amounts->reimbursed_centimes));
    fhir_add(fhir, list,
             amount(fhir, CARIN "C4BBAdjudication",
                    claim->payee == PAYEE_PROVIDER ? "paidtoprovider" : "paidtopatient",
                    amounts->reimbursed_centimes));
    return list;
}

static json_t *payment(struct fhir *fhir, const Hayat__Store__V1__StoredClaim *claim)
{
    json_t *payment = fhir_object(fhir);
    const Hayat__Store__V1__StoredPayment *made = NULL;
    for (size_t i = 0; i < claim->n_payments; i++) {
        made = claim->payments[i]->reversal_days == 0 ? claim->payments[i] : made;
    }
    fhir_put(fhir, payment, "type", fhir_concept(fhir, HL7 "ex-paymenttype", "complete"));
    fhir_date(fhir, payment, "date", claim->payment_days);
    fhir_put(fhir, payment, "amount",
             fhir_money(fhir,
                        made != NULL ? made->amount_centimes : claim->totals->reimbursed_centimes));
    if (made != NULL && made->payment_reference[0] != '\0') {
        fhir_put(fhir, payment, "identifier",
                 fhir_identifier(fhir, OURS "payment", made->payment_reference));
    }
    return payment;
}

static json_t *payee(struct fhir *fhir, const Hayat__Store__V1__StoredClaim *claim)
{
    json_t *payee = fhir_object(fhir);
    fhir_put(fhir, payee, "type",
             fhir_concept(fhir, HL7 "payeetype",
                          claim->payee == PAYEE_PROVIDER ? "provider" : "subscriber"));
    return payee;
}

static json_t *insurance(struct fhir *fhir, const Hayat__Paper__V1__Person *who)
{
    json_t *insurance = fhir_object(fhir);
    fhir_put(fhir, insurance, "focal", json_true());
    fhir_put(fhir, insurance, "coverage", fhir_reference(fhir, who->beneficiary_id, FHIR_COVERAGE));
    return insurance;
}

static void add_items(struct fhir *fhir, json_t *eob, const Hayat__Store__V1__StoredClaim *claim,
                      struct team *team)
{
    json_t *items = fhir_array(fhir);
    for (size_t i = 0; i < claim->n_lines; i++) {
        fhir_add(fhir, items, item(fhir, claim->lines[i], team));
    }
    add_team(fhir, eob, team, claim->prescriber_inpe);
    if (claim->n_lines > 0) {
        fhir_put(fhir, eob, "item", items);
    } else {
        json_decref(items);
    }
}

static json_t *explanation(struct fhir *fhir, const Hayat__Paper__V1__Statement *statement,
                           const Hayat__Paper__V1__StatementClaim *listed,
                           const Hayat__Paper__V1__Person *who)
{
    const Hayat__Store__V1__StoredClaim *claim = listed->claim;
    struct team team = {.count = 0};
    json_t *eob = fhir_resource(fhir, "ExplanationOfBenefit");
    const char *executor = claim->n_lines > 0 ? claim->lines[0]->executor_inpe : "";
    (void)team_place(&team, claim->prescriber_inpe);
    fhir_put(fhir, eob, "identifier", identifiers(fhir, listed));
    fhir_text(fhir, eob, "status", "active");
    fhir_put(fhir, eob, "type", fhir_concept(fhir, HL7 "claim-type", kind_of(claim)));
    fhir_text(fhir, eob, "use", "claim");
    fhir_put(fhir, eob, "patient", fhir_reference(fhir, who->beneficiary_id, FHIR_PATIENT));
    fhir_put(fhir, eob, "billablePeriod",
             period(fhir, claim->first_care_days, claim->last_care_days));
    fhir_date(fhir, eob, "created",
              claim->decision_days != 0 ? claim->decision_days : claim->payment_days);
    fhir_put(fhir, eob, "insurer", fhir_reference(fhir, statement->document_id, FHIR_ORGANIZATION));
    fhir_put(fhir, eob, "provider",
             provider(fhir, executor[0] != '\0' ? executor : claim->prescriber_inpe));
    fhir_put(fhir, eob, "payee", payee(fhir, claim));
    fhir_text(fhir, eob, "outcome", "complete");
    fhir_put(fhir, eob, "insurance", fhir_list(fhir, insurance(fhir, who)));
    add_items(fhir, eob, claim, &team);
    fhir_put(fhir, eob, "total", totals(fhir, claim));
    fhir_put(fhir, eob, "payment", payment(fhir, claim));
    return eob;
}

/* --- the bundle --- */

static void add_meta(struct fhir *fhir, json_t *meta, const char *name, const char *type,
                     json_t *value)
{
    char url[96];
    json_t *extension = fhir_object(fhir);
    (void)snprintf(url, sizeof url, OURS "%s", name);
    fhir_text(fhir, extension, "url", url);
    fhir_put(fhir, extension, type, value);
    fhir_add(fhir, meta, extension);
}

/* What a Bundle has no field for: the period, the totals, the digest. */
static json_t *meta(struct fhir *fhir, const Hayat__Paper__V1__Statement *statement)
{
    const Hayat__Store__V1__StoredSplit *sum = statement->totals;
    json_t *meta = fhir_object(fhir), *list = fhir_array(fhir);
    add_meta(fhir, list, "period", "valuePeriod",
             period(fhir, statement->from_days, statement->to_days));
    add_meta(fhir, list, "claim-count", "valueUnsignedInt",
             json_integer((json_int_t)statement->n_claims));
    add_meta(fhir, list, "total-billed", "valueMoney", fhir_money(fhir, sum->billed_centimes));
    add_meta(fhir, list, "total-reimbursed", "valueMoney",
             fhir_money(fhir, sum->reimbursed_centimes));
    add_meta(fhir, list, "total-ticket-moderateur", "valueMoney",
             fhir_money(fhir, sum->ticket_moderateur_centimes));
    add_meta(fhir, list, "total-overrun", "valueMoney", fhir_money(fhir, sum->overrun_centimes));
    add_meta(fhir, list, "total-non-covered", "valueMoney",
             fhir_money(fhir, sum->non_covered_centimes));
    add_meta(fhir, list, "content-sha256", "valueString",
             fhir_string(fhir, statement->content_sha256));
    fhir_put(fhir, meta, "extension", list);
    return meta;
}

static const Hayat__Paper__V1__Person *person_of(struct fhir *fhir,
                                                 const Hayat__Paper__V1__Statement *statement,
                                                 uint32_t seq)
{
    for (size_t i = 0; i < statement->n_persons; i++) {
        if (statement->persons[i]->beneficiary_seq == seq) {
            return statement->persons[i];
        }
    }
    fhir_fail(fhir, FAIL(PAPER_CONTENT));
    return statement->persons[0];
}

static json_t *entries(struct fhir *fhir, const Hayat__Paper__V1__Statement *statement)
{
    json_t *list = fhir_array(fhir);
    fhir_entry(fhir, list, statement->document_id, FHIR_ORGANIZATION,
               organization(fhir, statement->fund));
    for (size_t i = 0; i < statement->n_persons; i++) {
        const Hayat__Paper__V1__Person *who = statement->persons[i];
        fhir_entry(fhir, list, who->beneficiary_id, FHIR_PATIENT, patient(fhir, who));
        fhir_entry(fhir, list, who->beneficiary_id, FHIR_COVERAGE, coverage(fhir, statement, who));
    }
    for (size_t i = 0; i < statement->n_claims; i++) {
        const Hayat__Paper__V1__StatementClaim *listed = statement->claims[i];
        const Hayat__Paper__V1__Person *who = person_of(fhir, statement,
                                                        listed->claim->beneficiary_seq);
        fhir_entry(fhir, list, listed->claim_id, FHIR_EXPLANATION,
                   explanation(fhir, statement, listed, who));
    }
    return list;
}

status statement_fhir(const Hayat__Paper__V1__Statement *statement,
                      const struct paper_output *output)
{
    struct fhir fhir = {.failure = STATUS_OK};
    if (statement->fund == NULL || statement->totals == NULL || statement->n_persons == 0) {
        return FAIL(PAPER_CONTENT);
    }
    json_t *bundle = fhir_resource(&fhir, "Bundle");
    fhir_put(&fhir, bundle, "meta", meta(&fhir, statement));
    fhir_put(&fhir, bundle, "identifier",
             fhir_identifier(&fhir, OURS "document", statement->document_id));
    fhir_text(&fhir, bundle, "type", "collection");
    fhir_instant(&fhir, bundle, "timestamp", statement->create_ms);
    fhir_put(&fhir, bundle, "entry", entries(&fhir, statement));
    status s = fhir_write(&fhir, bundle, output);
    json_decref(bundle);
    return s;
}
