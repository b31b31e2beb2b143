package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Settings;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LockoutTest {
    private static final Lockout.Account ADA = new Lockout.Account("10.0.0.1", "ada", "salt");

    private final ManualClock clock = new ManualClock(Instant.EPOCH);

    @Test
    void require_tooManyFailures_refusesThatAccountFromThatAddressOnly() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 4);
        assertDoesNotThrow(() -> lockout.require(ADA));
        fail(lockout, ADA, 1);
        RequestException refused = assertThrows(RequestException.class, () -> lockout.require(ADA));
        assertEquals(ErrorCode.FORBIDDEN, refused.code());
        assertEquals("Account is temporarily locked due to multiple authentication failures", refused.reason());
        assertDoesNotThrow(() -> lockout.require(new Lockout.Account("10.0.0.2", "ada", "salt")));
        assertDoesNotThrow(() -> lockout.require(new Lockout.Account("10.0.0.1", "bob", "salt")));
        assertDoesNotThrow(() -> lockout.require(new Lockout.Account("10.0.0.1", "ada", "new salt")));
    }

    @Test
    void require_afterAWhile_letsTryAgain() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 5);
        clock.advanceMs(299_999);
        assertThrows(RequestException.class, () -> lockout.require(ADA));
        clock.advanceMs(1);
        assertDoesNotThrow(() -> lockout.require(ADA));
        fail(lockout, ADA, 1);
        assertDoesNotThrow(() -> lockout.require(ADA));
    }

    @Test
    void succeeded_forgetsTheFailures() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 4);
        lockout.succeeded(ADA);
        fail(lockout, ADA, 4);
        assertDoesNotThrow(() -> lockout.require(ADA));
    }

    @Test
    void require_onlyToWarnOrOff_neverRefuses() {
        for (String mode : new String[] {"warn", "off"}) {
            Lockout lockout = lockout(Map.of("lockout_mode", mode));
            fail(lockout, ADA, 50);
            assertDoesNotThrow(() -> lockout.require(ADA));
        }
    }

    @Test
    void failed_moreAccountsThanRemembered_forgetsTheOldest() {
        Lockout lockout = lockout(Map.of("lockout_max_objects", "10", "lockout_threshold", "1"));
        fail(lockout, ADA, 1);
        for (int i = 0; i < 10; i++) {
            fail(lockout, new Lockout.Account("10.0.0.1", "user" + i, ""), 1);
        }
        assertDoesNotThrow(() -> lockout.require(ADA));
        assertThrows(RequestException.class, () -> lockout.require(new Lockout.Account("10.0.0.1", "user9", "")));
    }

    private Lockout lockout(Map<String, String> flags) {
        return new Lockout(Settings.of(flags, Map.of()), clock);
    }

    private static void fail(Lockout lockout, Lockout.Account account, int times) {
        for (int i = 0; i < times; i++) {
            lockout.failed(account);
        }
    }
}
