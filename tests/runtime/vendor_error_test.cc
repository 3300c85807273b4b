#include "runtime/vendor_error.h"

#include <gtest/gtest.h>

#include <string>

namespace autoaccel::runtime {
namespace {

TEST(VendorError, KeepsTheWordsAndDropsTheVendorsSources) {
  // As OpenVINO 2026.4.1 answers to an operator of a custom domain.
  const Error error = vendor_error("OpenVINO cannot convert the model",
                                   "Exception from src/inference/src/cpp/core.cpp:84:\n"
                                   "Check 'false' failed at src/frontends/common_translators/src/report.cpp:151:\n"
                                   "FrontEnd API failed with OpConversionFailure:\n"
                                   "Model wasn't fully converted.\n"
                                   "Summary:\n"
                                   "-- No conversion rule found for operations: com.acme.Frobnicate\n\n\n");
  EXPECT_EQ(error.cause(), Cause::vendor);
  EXPECT_EQ(error.message(),
            "OpenVINO cannot convert the model: Model wasn't fully converted. -- No conversion rule found for "
            "operations: com.acme.Frobnicate");
}

TEST(VendorError, IsPrintableAndShort) {
  const Error error = vendor_error("load", "node '\x1b[31m' " + std::string(5000, 'x'));
  EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
  EXPECT_LT(error.message().size(), 700u);
}

TEST(VendorError, TellsExhaustedMemoryFromTheRest) {
  for (const char* text :
       {"std::bad_alloc", "bad allocation", "Failed to allocate memory for requested buffer of size 4096",
        "mmap failed: Cannot allocate memory"}) {
    const Error error = vendor_error("load", text);
    EXPECT_EQ(error.cause(), Cause::environment) << text;
    EXPECT_EQ(error.message(), "load: out of memory");
    EXPECT_FALSE(error.hint().empty());
  }
  EXPECT_EQ(vendor_error("load", "Invalid allocation axis").cause(), Cause::vendor);
}

TEST(VendorError, SaysSoWhenTheVendorIsSilent) {
  EXPECT_EQ(vendor_error("load", "Exception from a.cpp:1:\n\n").message(), "load: the runtime gave no reason");
}

}  // namespace
}  // namespace autoaccel::runtime
