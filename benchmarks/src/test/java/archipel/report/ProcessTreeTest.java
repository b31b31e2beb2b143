package archipel.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessTreeTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void residentBytes_thisProcess_isWhatAJvmTakes() {
        ProcessTree self = ProcessTree.of(ProcessHandle.current());
        assertTrue(self.residentBytes() > 10 << 20, () -> self.residentBytes() + " B");
        assertTrue(self.cpuNs() > 0);
        assertTrue(self.compilerCpuNs() <= self.cpuNs());
        assertEquals(ProcessHandle.current().pid(), self.java().orElseThrow().pid());
    }

    @Test
    void of_noSuchProcess_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> ProcessTree.of(Long.MAX_VALUE));
    }
}
