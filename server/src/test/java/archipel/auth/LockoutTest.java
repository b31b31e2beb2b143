package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Settings;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LockoutTest {
    private static final Lockout.Account ADA = new Lockout.Account("10.0.0.1", "ada", "salt");

    private final ManualClock clock = new ManualClock(Instant.EPOCH);

    @Test
    void isLocked_tooManyFailures_refusesThatAccountFromThatAddressOnly() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 4);
        assertFalse(lockout.isLocked(ADA));
        fail(lockout, ADA, 1);
        assertTrue(lockout.isLocked(ADA));
        assertFalse(lockout.isLocked(new Lockout.Account("10.0.0.2", "ada", "salt")));
        assertFalse(lockout.isLocked(new Lockout.Account("10.0.0.1", "bob", "salt")));
        assertFalse(lockout.isLocked(new Lockout.Account("10.0.0.1", "ada", "new salt")));
    }

    @Test
    void isLocked_afterAWhile_letsTryAgain() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 5);
        clock.advanceMs(299_999);
        assertTrue(lockout.isLocked(ADA));
        clock.advanceMs(1);
        assertFalse(lockout.isLocked(ADA));
        fail(lockout, ADA, 1);
        assertFalse(lockout.isLocked(ADA));
    }

    @Test
    void succeeded_forgetsTheFailures() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 4);
        lockout.succeeded(ADA);
        fail(lockout, ADA, 4);
        assertFalse(lockout.isLocked(ADA));
    }

    @Test
    void isLocked_onlyToWarnOrOff_neverRefuses() {
        for (String mode : new String[] {"warn", "off"}) {
            Lockout lockout = lockout(Map.of("lockout_mode", mode));
            fail(lockout, ADA, 50);
            assertFalse(lockout.isLocked(ADA));
        }
    }

    @Test
    void failed_moreAccountsThanRemembered_forgetsTheOldest() {
        Lockout lockout = lockout(Map.of("lockout_max_objects", "10", "lockout_threshold", "1"));
        fail(lockout, ADA, 1);
        for (int i = 0; i < 10; i++) {
            fail(lockout, new Lockout.Account("10.0.0.1", "user" + i, ""), 1);
        }
        assertFalse(lockout.isLocked(ADA));
        assertTrue(lockout.isLocked(new Lockout.Account("10.0.0.1", "user9", "")));
    }

    @Test
    void account_ofIpv6_countsItsNetwork() {
        assertEquals(
                Lockout.Account.of("2001:db8:0:1::7", "ada", ""),
                Lockout.Account.of("2001:db8:0:1:2:3:4:5", "ada", ""));
        assertNotEquals(
                Lockout.Account.of("2001:db8:0:1::7", "ada", ""), Lockout.Account.of("2001:db8:0:2::7", "ada", ""));
        assertNotEquals(Lockout.Account.of("10.0.0.1", "ada", ""), Lockout.Account.of("10.0.0.2", "ada", ""));
        assertEquals(Lockout.Account.of("10.0.0.1", "ada", ""), Lockout.Account.of("::ffff:10.0.0.1", "ada", ""));
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
