package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.consensus.Membership;
import archipel.transport.MemberSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member knows of the others, where it can be stored and where it cannot. */
class MemberDirectoryTest {
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String OTHER_KEY = "fedcba9876543210fedcba9876543210";
    private static final Membership ALONE = new Membership(new TreeSet<>(List.of("a")), new TreeSet<>());

    @TempDir
    private Path directory;

    private Path data;
    private MemberFile file;
    private MemberDirectory members;

    // Its directory is not there, so nothing can be stored before it is made.
    @BeforeEach
    void make() {
        data = directory.resolve("data");
        file = MemberFile.make(data.resolve("ensemble"), "a", 1, MemberSecret.ofBytes(new byte[MemberSecret.BYTES]));
        file.members().put("a", MemberInfo.unmet(address("a")).withFingerprint(KEY));
        members = new MemberDirectory(file);
    }

    private static MemberAddress address(String name) {
        return new MemberAddress(name, "127.0.0.1", 1000 + name.charAt(0));
    }

    private static Roster roster(long version, String... names) {
        TreeMap<String, Roster.Entry> entries = new TreeMap<>();
        for (String name : names) {
            entries.put(name, new Roster.Entry(address(name), name.equals("a") ? KEY : OTHER_KEY, false, 0, false));
        }
        return new Roster(version, entries, List.of());
    }

    private MemberFile stored() throws IOException {
        return MemberFile.read(data.resolve("ensemble"));
    }

    @Test
    void mayHave_keyOfAMember_isNoOtherAndBindsNothing() throws IOException {
        Files.createDirectories(data);
        file.members().put("b", MemberInfo.unmet(address("b")));
        assertTrue(members.mayHave("a", KEY));
        assertFalse(members.mayHave("a", OTHER_KEY));
        assertTrue(members.mayHave("b", OTHER_KEY));
        assertNull(members.keys().get("b"));
        assertTrue(members.admits("b", OTHER_KEY));
        assertFalse(members.mayHave("b", KEY));
    }

    @Test
    void form_cannotBeStored_hasNotBegun() throws IOException {
        assertThrows(UncheckedIOException.class, () -> members.form(ALONE, 3, true));
        assertFalse(members.isFormed());
        assertFalse(members.isFounder());
        assertEquals(0, file.groups());
        assertEquals(MemberFile.NOBODY, file.initial());
        Files.createDirectories(data);
        members.form(ALONE, 3, true);
        assertTrue(members.isFormed());
        assertTrue(stored().isFormed());
        assertEquals(ALONE, stored().initial());
    }

    @Test
    void follow_cannotBeStored_isFollowedWhenItCan() throws IOException {
        assertFalse(members.follow(roster(2, "a", "b")));
        assertNull(members.find("b"));
        assertEquals(0, members.roster().version());
        Files.createDirectories(data);
        assertTrue(members.follow(roster(2, "a", "b")));
        assertEquals(OTHER_KEY, stored().members().get("b").fingerprint());
        assertEquals(2, stored().roster());
        assertTrue(members.follow(roster(3, "b")));
        assertTrue(members.isRemoved());
        assertTrue(stored().isRemoved());
    }

    @Test
    void founded_cannotBeStored_isFounderStill() throws IOException {
        file.setForced(true);
        file.setRoster(7);
        members.founded(roster(1, "a"));
        assertTrue(members.isFounder());
        assertTrue(file.isForced());
        assertEquals(0, members.roster().version());
        Files.createDirectories(data);
        members.founded(roster(1, "a"));
        assertFalse(members.isFounder());
        assertFalse(stored().isForced());
        assertEquals(1, stored().roster());
        assertEquals(1, members.roster().version());
    }
}
