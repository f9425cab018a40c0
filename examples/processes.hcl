process "hello" {
  script = "node hello.js"
  max_memory = "100M"

  env {
    NAME = "HCL"
  }
}
