#include "base/shared_library.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace autoaccel::base {
namespace {

namespace fs = std::filesystem;

class SharedLibraries : public ::testing::Test {
 protected:
  fs::path folder(const std::string& name) const {
    fs::create_directories(root.path() / name);
    return root.path() / name;
  }
  TemporaryFolder root{"autoaccel-libraries-"};
};

TEST_F(SharedLibraries, FoldersOfPackagesFollowTheirSitePackages) {
  const fs::path site = folder("site"), plain = folder("plain");
  const std::vector<fs::path> expected{site,
                                       folder("site/onnxruntime/capi"),
                                       folder("site/nvidia/cublas/lib"),
                                       folder("site/nvidia/cudnn/lib"),
                                       folder("site/onnxruntime_ep_openvino"),
                                       plain};
  folder("site/nvidia/cublas/include");
  EXPECT_EQ(library_folders(site.string() + ":" + (root.path() / "missing").string() + "::" + plain.string()),
            expected);
  EXPECT_TRUE(library_folders("").empty());
}

TEST_F(SharedLibraries, TheNewestVersionIsFoundWhereNoLinkIs) {
  const std::vector<fs::path> folders{folder("a"), folder("b")};
  EXPECT_EQ(find_library(folders, "libx.so"), std::nullopt);
  for (const char* name : {"b/libx.so.1.9", "b/libx.so.1.10.0", "b/libxy.so.2"})
    write_file_atomically(root.path() / name, "");
  EXPECT_EQ(find_library(folders, "libx.so"), root.path() / "b/libx.so.1.10.0");
  write_file_atomically(root.path() / "b/libx.so", "");
  EXPECT_EQ(find_library(folders, "libx.so"), root.path() / "b/libx.so");
  write_file_atomically(root.path() / "a/libx.so.0", "");
  EXPECT_EQ(find_library(folders, "libx.so"), root.path() / "a/libx.so.0") << "the first folder that has one";
}

TEST_F(SharedLibraries, WhatDoesNotLoadSaysWhy) {
  write_file_atomically(root.path() / "libx.so", "no library");
  const std::vector<fs::path> folders{root.path()};
  const SharedLibrary broken(folders, "libx.so");
  EXPECT_FALSE(broken.is_loaded());
  EXPECT_NE(broken.error().find("libx.so"), std::string::npos) << broken.error();
  EXPECT_EQ(broken.function<int()>("f"), nullptr);
}

TEST_F(SharedLibraries, TheSystemsAreFoundByName) {
  const SharedLibrary c({}, "libc.so.6");
  ASSERT_TRUE(c.is_loaded()) << c.error();
  const auto length = c.function<std::size_t(const char*)>("strlen");
  ASSERT_NE(length, nullptr);
  EXPECT_EQ(length("four"), 4u);
  EXPECT_TRUE(c.path().is_absolute());
}

}  // namespace
}  // namespace autoaccel::base
