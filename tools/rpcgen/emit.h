/*
 * emit: the files rpcgen writes, one function each.  The model has passed check_all.
 */
#ifndef HAYAT_RPCGEN_EMIT_H
#define HAYAT_RPCGEN_EMIT_H

#include <stdio.h>

#include "model.h"

void emit_handlers(struct model *model, FILE *out);   /* gen/handlers.h */
void emit_routes(struct model *model, FILE *out);     /* routes.c */
void emit_rules(struct model *model, FILE *out);      /* its message and field rules */
void emit_reflection(struct model *model, FILE *out); /* reflection.c */
void emit_policy(struct model *model, FILE *out);     /* policy.txt */
void emit_api(struct model *model, FILE *out);        /* docs/api-reference.md */
void emit_errors(struct model *model, FILE *out);     /* docs/errors.md */
void emit_config(struct model *model, FILE *out);     /* docs/service-config.json */

/* --- words the emitters share --- */
const char *words_callers(struct model *model,
                          const struct model_method *method); /* "anonymous, member" */
const char *words_scopes(struct model *model, const struct model_method *method); /* "a,b", or "" */
const char *words_transaction(const struct model_method *method);                 /* "READ" */
const char *words_idempotency(const struct model_method *method);                 /* "REQUEST_ID" */
const char *words_throttles(
    struct model *model, const struct model_method *method); /* "enrol_start 600/3600 s", or "" */
const char *words_audit(const struct model_method *method);  /* "CHANGE", the default settled */
const char *words_shape(const struct model_method *method);  /* "server stream" */
const char *words_type(struct model *model,
                       const struct model_field *field); /* "repeated hayat.v1.Card" */
const char *words_bounds(struct model *model,
                         const struct model_field *field); /* "required, 1–20971520" */

#endif
