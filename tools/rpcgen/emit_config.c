#include <inttypes.h>
#include <string.h>

#include "emit.h"

/* A retry's answer is the first call's, or as good: by the policy, and as far as gRPC keeps what it would send again (a stream of the
   client's is not kept: it is resumed by its offset). */
static bool is_retried(const struct model_method *method)
{
    return !method->policy->not_repeated && !method->proto->client_streaming;
}

/* Methods of one deadline, retried or not, share an entry. */
static bool same_entry(const struct model_method *a, const struct model_method *b)
{
    return a->policy->deadline_ms == b->policy->deadline_ms && is_retried(a) == is_retried(b);
}

static bool begins_entry(const struct model *model, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (same_entry(model->methods[i], model->methods[index])) {
            return false;
        }
    }
    return true;
}

static void print_names(const struct model *model, const struct model_method *first, FILE *out)
{
    const char *comma = "";
    (void)fputs("      \"name\": [", out);
    for (size_t i = 0; i < model->method_count; i++) {
        const struct model_method *method = model->methods[i];
        const char *name = method->proto->name;
        if (same_entry(first, method)) {
            (void)fprintf(out, "%s\n        { \"service\": \"%.*s\", \"method\": \"%s\" }", comma,
                          (int)(strlen(method->name) - strlen(name) - 1), method->name, name);
            comma = ",";
        }
    }
    (void)fputs("\n      ],\n", out);
}

static void print_entry(const struct model *model, const struct model_method *first, FILE *out)
{
    int32_t deadline_ms = first->policy->deadline_ms;
    (void)fputs("    {\n", out);
    print_names(model, first, out);
    (void)fprintf(out, "      \"timeout\": \"%" PRId32 ".%03" PRId32 "s\"", deadline_ms / 1000,
                  deadline_ms % 1000);
    if (is_retried(first)) {
        (void)fputs(",\n"
                    "      \"retryPolicy\": {\n"
                    "        \"maxAttempts\": 5,\n"
                    "        \"initialBackoff\": \"0.2s\",\n"
                    "        \"maxBackoff\": \"5s\",\n"
                    "        \"backoffMultiplier\": 2.0,\n"
                    "        \"retryableStatusCodes\": [\"UNAVAILABLE\"]\n"
                    "      }",
                    out);
    }
    (void)fputs("\n    }", out);
}

void emit_config(struct model *model, FILE *out)
{
    const char *comma = "";
    (void)fputs("{\n"
                "  \"loadBalancingConfig\": [{ \"pick_first\": {} }],\n"
                "  \"methodConfig\": [",
                out);
    for (size_t i = 0; i < model->method_count; i++) {
        if (begins_entry(model, i)) {
            (void)fprintf(out, "%s\n", comma);
            print_entry(model, model->methods[i], out);
            comma = ",";
        }
    }
    (void)fputs("\n  ],\n"
                "  \"retryThrottling\": { \"maxTokens\": 10, \"tokenRatio\": 0.5 }\n"
                "}\n",
                out);
}
