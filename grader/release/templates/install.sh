case "$GRADER_SOURCE" in
  '')
    echo "::error title=No grader::Set the Actions variable GRADER_SOURCE to what is to be installed; the head of this workflow says how"
    exit 1
    ;;
  docker://*)
    image=${GRADER_SOURCE#docker://}
    [ -z "$GRADER_TOKEN" ] || docker login "${image%%/*}" --username token --password-stdin <<< "$GRADER_TOKEN"
    docker pull --quiet "$image"
    options=(--rm --network none --user "$(id -u):$(id -g)" --env HOME=/tmp --env GRADER_SECRET --env GRADER_ASSIGNMENT)
    options+=(--volume "$RUNNER_TEMP:$RUNNER_TEMP" --volume "$GITHUB_WORKSPACE:$GITHUB_WORKSPACE:ro")
    # shellcheck disable=SC2016 # what stands in quotes is for the script that is written
    printf '#!/bin/sh\nexec docker run %s --workdir "$PWD" %s "$@"\n' "${options[*]@Q}" "${image@Q}" > grade
    ;;
  *)
    if [ -n "$GRADER_TOKEN" ]; then
      export GIT_CONFIG_COUNT=1 GIT_CONFIG_VALUE_0=https://github.com/
      export GIT_CONFIG_KEY_0="url.https://x-access-token:$GRADER_TOKEN@github.com/.insteadOf"
    fi
    uv venv --no-config --quiet --clear --python 3.12 grader-venv
    # the build of torch for the CPU: the other one brings 5 GB of CUDA
    uv pip install --no-config --quiet --python grader-venv --torch-backend cpu "$GRADER_SOURCE"
    # -I: no variable, no folder of the user's and no current folder adds to what is imported
    printf '#!/bin/sh\nexec %s -I -m grader "$@"\n' "${PWD@Q}/grader-venv/bin/python" > grade
    ;;
esac
chmod +x grade
./grade --version
