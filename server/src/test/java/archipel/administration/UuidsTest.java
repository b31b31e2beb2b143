package archipel.administration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.NodeSettings;
import archipel.settings.Settings;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UuidsTest {
    private static final Instant NOW = Instant.parse("2026-05-04T03:02:01.000001Z");

    @Test
    void next_everyAlgorithm_neverRepeats() {
        for (String algorithm : new String[] {"sequential", "random", "utc_random", "utc_id", "uuid_v7"}) {
            Uuids uuids = uuids(algorithm);
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 20_000; i++) {
                assertTrue(seen.add(uuids.next()), algorithm);
            }
        }
    }

    @Test
    void next_sequential_increasesUnderOnePrefix() {
        Uuids uuids = uuids("sequential");
        String first = uuids.next();
        int prefixes = 0;
        for (int i = 0; i < 20_000; i++) {
            String next = uuids.next();
            assertEquals(32, next.length());
            boolean same = next.startsWith(first.substring(0, 26));
            assertTrue(!same || next.compareTo(first) > 0);
            prefixes += same ? 0 : 1;
            first = next;
        }
        assertTrue(prefixes > 0 && prefixes < 10, "a prefix serves for some 8,000 ids, not " + prefixes);
    }

    @Test
    void next_forms_areCouchs() {
        assertTrue(uuids("random").next().matches("[0-9a-f]{32}"));
        // Microseconds since 1970: 1777863721000001.
        assertTrue(
                uuids("utc_random").next().matches("0650f5278c9c41[0-9a-f]{18}"),
                uuids("utc_random").next());
        assertEquals("0650f5278c9c41@here", uuids("utc_id").next());
        String seventh = uuids("uuid_v7").next();
        assertTrue(seventh.matches("[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}"), seventh);
        assertEquals(NOW.toEpochMilli(), Long.parseLong(seventh.substring(0, 12), 16));
    }

    private static Uuids uuids(String algorithm) {
        Settings settings =
                Settings.of(NodeSettings.ALL, Map.of("uuids_algorithm", algorithm, "uuids_suffix", "@here"), Map.of());
        return new Uuids(settings, new SecureRandom(), InstantSource.fixed(NOW));
    }
}
