package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.SettingCatalog;
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
    void succeeded_withEachRequest_forgetsFailuresOnceAMinute() {
        Lockout lockout = lockout(Map.of());
        for (int i = 0; i < 4; i++) {
            fail(lockout, ADA, 4);
            assertFalse(lockout.isLocked(ADA));
            assertTrue(lockout.succeeded(ADA));
            fail(lockout, ADA, 4);
            assertTrue(lockout.succeeded(ADA));
            assertFalse(lockout.isLocked(ADA));
            fail(lockout, ADA, 1);
            assertTrue(lockout.isLocked(ADA), "five failures since the last minute");
            lockout.unlock(ADA);
            assertTrue(lockout.isLocked(ADA));
            clock.advanceMs(60_000);
            lockout.unlock(ADA);
            clock.advanceMs(60_000);
        }
    }

    @Test
    void succeeded_lockedMeanwhile_doesNotCount() {
        Lockout lockout = lockout(Map.of());
        assertFalse(lockout.isLocked(ADA));
        fail(lockout, ADA, 5);
        assertFalse(lockout.succeeded(ADA));
        assertTrue(lockout.isLocked(ADA));
        assertFalse(lockout.failed(ADA));
    }

    @Test
    void turn_manyAttempts_areSpreadOverTenSecondsAndNoMore() {
        Lockout lockout = lockout(Map.of());
        fail(lockout, ADA, 5);
        for (int i = 0; i < 50; i++) {
            assertEquals(i * 200, lockout.turn(ADA));
        }
        for (int i = 0; i < 1_000; i++) {
            RequestException refused = assertThrows(RequestException.class, () -> lockout.turn(ADA));
            assertEquals(ErrorCode.TOO_MANY_LOGINS, refused.code());
        }
        assertEquals(0, lockout.turn(new Lockout.Account("10.0.0.2", "ada", "salt")));
        clock.advanceMs(200);
        assertEquals(9_800, lockout.turn(ADA));
        clock.advanceMs(60_000);
        assertEquals(0, lockout.turn(ADA));
    }

    @Test
    void account_longName_isRememberedByItsHash() {
        String name = "n".repeat(60_000);
        Lockout.Account account = Lockout.Account.of("10.0.0.1", name, "");
        assertTrue(account.user().length() <= 200);
        assertEquals(account, Lockout.Account.of("10.0.0.1", name, ""));
        assertNotEquals(account, Lockout.Account.of("10.0.0.1", name + "m", ""));
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

    /** A policy that favours what is asked for often would forget the newcomer first. */
    @Test
    void failed_amongAccountsThatFailOften_isNotForgotten() {
        Lockout lockout = lockout(Map.of("lockout_max_objects", "1000"));
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 1_000; i++) {
                fail(lockout, new Lockout.Account("10.0.0.2", "often" + i, "salt"), 1);
            }
        }
        fail(lockout, ADA, 4);
        for (int i = 0; i < 999; i++) {
            fail(lockout, new Lockout.Account("10.0.0.3", "new" + i, "salt"), 1);
        }
        fail(lockout, ADA, 1);
        assertTrue(lockout.isLocked(ADA));
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
        return new Lockout(Settings.of(SettingCatalog.of(AccountSettings.GROUP), flags, Map.of()), clock);
    }

    private static void fail(Lockout lockout, Lockout.Account account, int times) {
        for (int i = 0; i < times; i++) {
            boolean _ = lockout.failed(account);
        }
    }
}
