/*
 * statement_fhir: a history of reimbursements as HL7 FHIR R4: a Bundle (collection) of the people, the fund, the
 * coverage, and one ExplanationOfBenefit for each claim, in the shape of CARIN Blue Button where it applies.
 *
 *   Bundle        identifier (document id), timestamp, entries
 *   Organization  the fund · Patient  one for each person · Coverage  of each, with the registration number
 *   EOB           identifier (claim id, file number), status active, use claim, outcome complete, billablePeriod, created,
 *                 insurer, provider (INPE), payee, insurance, item with adjudication, total, payment
 *
 * Amounts: category codes of HL7's "adjudication" (submitted, eligible, eligpercent, benefit) and CARIN's C4BBAdjudication
 * (coinsurance: the ticket modérateur; noncovered; memberliability: their sum with the overrun, in total alone), and ours
 * where neither has one (overrun).  An act's code and the file's numbers are in systems of ours, "urn:x-hayat:…".
 * Without a place in R4, hence not said: the tooth's notation (as text in bodySite), the regime, adjustments of the base
 * (told by eligible), the tariff's version (as the code system's version of the item's code).
 * docs/clients.md has all of it for those who read such files.
 */
#ifndef HAYAT_SERVER_RENDERER_STATEMENT_FHIR_H
#define HAYAT_SERVER_RENDERER_STATEMENT_FHIR_H

#include "hayat/paper/v1/statement.pb-c.h"
#include "paper/paper.h"

/* Reasons: PAPER_CONTENT (a text is not UTF-8, something is missing) · INTERNAL (no memory) · what output's write says. */
status statement_fhir(const Hayat__Paper__V1__Statement *statement,
                      const struct paper_output *output);

#endif
