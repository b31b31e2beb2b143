package archipel.administration;

import archipel.administration.AdministrationSettings.UuidAlgorithm;
import archipel.settings.Settings;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Makes ids for documents, in the way the settings say. Ids that increase are kinder to the store's order than random
 * ones, which is why they are the default. Safe for use by many threads.
 */
public final class Uuids {
    private static final int SEQUENCE_END = 0xFFF000;
    private static final int GREATEST_STEP = 0xFFD;

    private final Settings settings;
    private final SecureRandom random;
    private final InstantSource clock;
    private String prefix = "";
    private int sequence = SEQUENCE_END;
    private long lastMicroseconds;

    public Uuids(Settings settings, SecureRandom random, InstantSource clock) {
        this.settings = settings;
        this.random = random;
        this.clock = clock;
    }

    /** An id that was not made before. */
    public String next() {
        UuidAlgorithm algorithm = settings.get(AdministrationSettings.UUIDS_ALGORITHM);
        return switch (algorithm) {
            case SEQUENTIAL -> sequential();
            case RANDOM -> hex(16);
            case UTC_RANDOM -> time() + hex(9);
            case UTC_ID -> time() + settings.get(AdministrationSettings.UUIDS_SUFFIX);
            case UUID_V7 -> version7();
        };
    }

    /** 26 random digits that stay for a while, and 6 that grow by steps nobody can foresee. */
    private synchronized String sequential() {
        if (sequence >= SEQUENCE_END) {
            prefix = hex(13);
            sequence = step();
        }
        String id = prefix + String.format(Locale.ROOT, "%06x", sequence);
        sequence += step();
        return id;
    }

    private int step() {
        return 1 + random.nextInt(GREATEST_STEP);
    }

    /** Microseconds in 14 digits, never the same twice. */
    private synchronized String time() {
        Instant now = clock.instant();
        long microseconds = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        lastMicroseconds = Math.max(microseconds, lastMicroseconds + 1);
        return String.format(Locale.ROOT, "%014x", lastMicroseconds);
    }

    /** RFC 9562: milliseconds in 48 bits, the version, 12 random bits, the variant, 62 random bits. */
    private String version7() {
        long high = clock.millis() << 16 | 0x7000 | random.nextInt(0x1000);
        long low = random.nextLong() >>> 2 | 1L << 63;
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    private String hex(int bytes) {
        byte[] made = new byte[bytes];
        random.nextBytes(made);
        return HexFormat.of().formatHex(made);
    }
}
