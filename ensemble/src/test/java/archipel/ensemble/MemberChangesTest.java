package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader has answered to a change of the members. */
class MemberChangesTest {
    private static MemberChanges.Done done(String answer) {
        return MemberChanges.done(answer.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void done_ofARoster_saysWhatHasChanged() {
        MemberChanges.Done done = done("{\"changed\":true,\"roster\":{\"version\":7,\"members\":[]}}");
        assertEquals(7, done.roster().version());
        assertEquals(true, done.changed());
    }

    @Test
    void done_ofARefusal_isThatRefusal() {
        RequestException refused =
                assertThrows(RequestException.class, () -> done("{\"error\":\"MEMBER_LEAVING\",\"fields\":[\"c\"]}"));
        assertEquals(ErrorCode.MEMBER_LEAVING, refused.code());
        assertEquals(List.of("c"), refused.fields());
    }

    @Test
    void done_ofWhatCannotBeRead_isUndecided() {
        for (String answer : List.of(
                "",
                "no JSON",
                "{\"error\":\"OF_ANOTHER_VERSION\"}",
                "{\"changed\":true,\"roster\":{\"members\":[{\"name\":\"!\"}]}}")) {
            RequestException refused = assertThrows(RequestException.class, () -> done(answer), answer);
            assertEquals(ErrorCode.WRITE_UNDECIDED, refused.code(), answer);
        }
    }
}
