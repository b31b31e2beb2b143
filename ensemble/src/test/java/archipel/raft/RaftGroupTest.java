package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import com.alipay.sofa.jraft.util.Utils;
import org.junit.jupiter.api.Test;

class RaftGroupTest {
    @Test
    void groupId_ofAnEnsembleWhoseNameBeginsWithADigit_isTakenByTheLibrary() {
        assertDoesNotThrow(() -> Utils.verifyGroupId(RaftGroup.groupId("0f3a", 16)));
    }
}
