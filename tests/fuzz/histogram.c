/* Histograms, read from text and filled with the input as values: they are written as text and read
 * back unchanged, a text that is cut short is refused, percentiles are in order, merging adds. */
#include "fuzz.h"

#include "lib/histogram.h"

static void check_percentiles(const struct histogram *histogram)
{
    nsec_t before = 0;
    for (int i = 0; i <= 4; i++) {
        nsec_t value = histogram_percentile(histogram, i / 4.0);
        assert(value >= before && value <= histogram->max);
        before = value;
    }
    uint64_t sum = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum += histogram->counts[i];
    assert(sum == histogram->total && (!sum || before == histogram->max));
}

static void check_text(const struct histogram *histogram)
{
    struct histogram again;
    char *text = histogram_to_text(histogram);
    assert(histogram_from_text(text, &again, NULL) == 0);
    assert(!memcmp(histogram, &again, sizeof(again)));
    for (size_t cut = strlen(text) - 1; cut > 0; cut /= 2) { /* what was cut off is missed */
        text[cut] = '\0';
        assert(histogram_from_text(text, &again, NULL) < 0 && again.total == 0);
    }
    free(text);
}

static void check(const struct histogram *histogram)
{
    static struct histogram merged;
    char *text;
    size_t size;
    check_percentiles(histogram);
    check_text(histogram);
    FILE *out = open_memstream(&text, &size);
    assert(histogram_write_hgrm(histogram, 1e6, out) == 0);
    fclose(out);
    assert(strstr(text, "#[Max"));
    free(text);
    merged = *histogram;
    if (histogram_merge(&merged, histogram, NULL) == 0)
        assert(merged.total == 2 * histogram->total && merged.max == histogram->max);
    else
        assert(!memcmp(&merged, histogram, sizeof(merged)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct histogram read, added;
    struct error error = {0};
    char *text = fuzz_text(data, size);
    if (histogram_from_text(text, &read, &error) == 0)
        check(&read);
    else
        assert(*error.text && read.total == 0);
    free(text);
    memset(&added, 0, sizeof(added));
    for (nsec_t value; size >= sizeof(value); data += sizeof(value), size -= sizeof(value)) {
        memcpy(&value, data, sizeof(value));
        histogram_add(&added, value);
    }
    check(&added);
    return 0;
}
