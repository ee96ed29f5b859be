/*
 * fhir: small parts of FHIR R4 as jansson's JSON.
 *
 * A builder remembers its first failure and goes on with what it has, so that the functions that describe resources
 * are straight lines; fhir_write tells it and writes nothing then.
 * References  between resources of a bundle are "urn:uuid:…" made of our ids: the same id gives the same one, a different
 *             one for each kind.  A resource's "id" is the same text without the prefix.
 * Memory      every json_t made belongs to what it is put into; the caller drops the root.
 */
#ifndef HAYAT_SERVER_RENDERER_FHIR_H
#define HAYAT_SERVER_RENDERER_FHIR_H

#include <jansson.h>
#include <stdint.h>

#include "base/status.h"
#include "paper/paper.h"

struct fhir {
    status failure;
};

enum fhir_kind { FHIR_PATIENT, FHIR_COVERAGE, FHIR_ORGANIZATION, FHIR_EXPLANATION };

/* Before the process gives up opening files: jansson would read /dev/urandom. */
void fhir_prepare(void);

void fhir_fail(struct fhir *fhir, status failure);

json_t *fhir_object(struct fhir *fhir);
json_t *fhir_array(struct fhir *fhir);
json_t *fhir_string(struct fhir *fhir, const char *text);
/* VALUE becomes OBJECT's or ARRAY's, whatever comes. */
void fhir_put(struct fhir *fhir, json_t *object, const char *key, json_t *value);
void fhir_add(struct fhir *fhir, json_t *array, json_t *value);
void fhir_text(struct fhir *fhir, json_t *object, const char *key, const char *text);
void fhir_number(struct fhir *fhir, json_t *object, const char *key, int64_t number);
/* DAYS since 1970-01-01; 0 is no day and puts nothing. */
void fhir_date(struct fhir *fhir, json_t *object, const char *key, int64_t days);
void fhir_instant(struct fhir *fhir, json_t *object, const char *key, int64_t wall_ms);

json_t *fhir_list(struct fhir *fhir, json_t *only);
json_t *fhir_resource(struct fhir *fhir, const char *type);
json_t *fhir_coding(struct fhir *fhir, const char *system, const char *code);
/* A CodeableConcept of one coding. */
json_t *fhir_concept(struct fhir *fhir, const char *system, const char *code);
json_t *fhir_identifier(struct fhir *fhir, const char *system, const char *value);
/* HUNDREDTHS of a unit: centimes of a dirham, hundredths of a per cent. */
json_t *fhir_decimal(struct fhir *fhir, int64_t hundredths);
json_t *fhir_money(struct fhir *fhir, int64_t centimes);
json_t *fhir_reference(struct fhir *fhir, const char *id, enum fhir_kind kind);
void fhir_entry(struct fhir *fhir, json_t *entries, const char *id, enum fhir_kind kind,
                json_t *resource);

status fhir_write(const struct fhir *fhir, const json_t *root, const struct paper_output *output);

#endif
